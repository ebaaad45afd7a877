"""How pets are registered in these tests: over HTTP, as the web client does it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from animal.conftest import Actor

FORM = {"name": "Milo", "category": "Domestic", "type": "Cats", "breed": "Tabby", "isPublic": "true"}


@pytest.fixture
def form() -> dict[str, Any]:
    return {**FORM, "additionalInfo": json.dumps({"weight": "4 kg", "height": "", "subNotes": ["shy"]})}


@pytest.fixture
def add(form: dict[str, Any], picture: Callable[..., Any]) -> Callable[..., Any]:
    """`add(owner, name="Rex")` registers a pet and returns its JSON; a field of None is left out."""

    def run(actor: Actor, **fields: Any) -> dict[str, Any]:
        body = {key: value for key, value in {**form, "images": [picture()], **fields}.items() if value is not None}
        response = actor.multipart("/api/auth/pets/add/", body)
        assert response.status_code == 201, response.content
        pet: dict[str, Any] = response.json()["pet"]
        return pet

    return run
