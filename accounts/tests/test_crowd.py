"""Many who sign in at once leave threads and cores to everybody else."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from rest_framework.test import APIClient

from accounts.models import SignInTally
from accounts.services.hashing import SEATS, hashing_seat
from accounts.tests.steps import PASSWORD, sign_in, sign_up

pytestmark = pytest.mark.django_db
ADDRESS = "owner@example.org"
CHANGE = {"current_password": PASSWORD, "new_password": "another long Passw0rd"}


def test_who_comes_on_top_of_a_crowd_is_told_to_try_again_and_no_try_is_counted(owner) -> None:
    with ExitStack() as crowd:
        for _ in range(SEATS - 1):
            crowd.enter_context(hashing_seat())
        assert sign_in(APIClient(), ADDRESS, PASSWORD).status_code == 200
        counted = set(SignInTally.objects.values_list("key", "failures"))
        crowd.enter_context(hashing_seat())
        answer = sign_in(APIClient(), ADDRESS, "wrong")
        assert (answer.status_code, answer["Retry-After"]) == (503, "2")
        assert "try again" in answer.json()["detail"]
        assert set(SignInTally.objects.values_list("key", "failures")) == counted
        # Everything else goes on.
        assert owner.get("/api/auth/notifications/").status_code == 200
    assert sign_in(APIClient(), ADDRESS, PASSWORD).status_code == 200


def test_whatever_hashes_a_password_asks_for_a_seat(owner) -> None:
    with ExitStack() as crowd:
        for _ in range(SEATS):
            crowd.enter_context(hashing_seat())
        assert sign_up(APIClient()).status_code == 503
        assert sign_up(APIClient(), email=ADDRESS).status_code == 503
        assert owner.post("/api/v1/me/password/", CHANGE).status_code == 503
    assert sign_up(APIClient()).status_code == 201
    assert owner.post("/api/v1/me/password/", CHANGE).status_code == 200


def test_a_password_that_is_wrong_gives_its_seat_back(owner) -> None:
    for _ in range(SEATS + 1):
        answer = sign_in(APIClient(), ADDRESS, "wrong")
        assert answer.status_code == 401
