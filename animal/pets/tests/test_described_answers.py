"""Answers that the API description once left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from animal.conftest import Actor
from animal.core.tests.described import assert_described


def test_photos_that_need_no_other_attempt_are_refused_as_described(
    owner: Actor, add: Callable[..., Any], picture: Callable[..., Any]
) -> None:
    pet = add(owner, images=[picture()])
    answer = owner.post(f"/api/auth/pets/{pet['id']}/retry-features/")
    assert answer.status_code == 400
    assert_described("POST /api/auth/pets/{pet_id}/retry-features/", answer)
