"""Fault A4: a disabled account stays disabled, through whichever door somebody tries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import OneTimeToken, User
from accounts.services import one_time_token_create, user_deactivate
from accounts.services.links import uid_of
from accounts.tests.steps import COOKIE, PASSWORD, cookie_of, refresh, sessions, sign_in, sign_up
from accounts.tests.test_export import fetch
from accounts.tests.test_google import enter, id_token

pytestmark = pytest.mark.django_db
Purpose = OneTimeToken.Purpose
Door = Callable[[User], Any]


def link(user: User, purpose: Purpose) -> str:
    """Made after disabling, which spoils those made before: the account must be asked, not only the link."""
    return one_time_token_create(user=user, purpose=purpose, new_email="new@example.org")


def consume(user: User, purpose: Purpose, **fields: str) -> Any:
    return APIClient().post("/api/auth/magic/consume/", {"token": link(user, purpose), **fields})


def verify(user: User, method: str) -> Any:
    query = {"uid": uid_of(user), "token": link(user, Purpose.VERIFY_EMAIL)}
    return getattr(APIClient(), method)("/api/auth/verify-email/", query)


def reset(user: User) -> Any:
    form = {"uid": uid_of(user), "token": link(user, Purpose.RESET_PASSWORD), "new_password": PASSWORD + "!"}
    return APIClient().post("/api/auth/reset-password/", form)


def page(user: User, purpose: Purpose, **fields: str) -> Any:
    return Client().post("/auth/magic", {"token": link(user, purpose), **fields})


DOORS: dict[str, Door] = {
    "password": lambda user: sign_in(APIClient()),
    "token endpoint": lambda user: APIClient().post("/api/token/", {"username": "Owner", "password": PASSWORD}),
    "google": lambda user: enter(id_token(email="owner@example.org", hd="example.org")),
    "sign-in link": lambda user: consume(user, Purpose.SIGN_IN),
    "welcome link": lambda user: consume(user, Purpose.VERIFY_EMAIL),
    "reset link": lambda user: consume(user, Purpose.RESET_PASSWORD, new_password=PASSWORD + "!"),
    "change of address": lambda user: consume(user, Purpose.CHANGE_EMAIL),
    "verify by GET": lambda user: verify(user, "get"),
    "verify by POST": lambda user: verify(user, "post"),
    "reset": lambda user: reset(user),
    "page of a link": lambda user: page(user, Purpose.SIGN_IN),
    "page of a reset": lambda user: page(user, Purpose.RESET_PASSWORD, new_password=PASSWORD + "!"),
}


@pytest.mark.parametrize("door", DOORS)
def test_a4_no_door_opens_a_disabled_account(owner, google, door: str) -> None:
    user_deactivate(user=owner.user)
    before = User.objects.values().get(pk=owner.user.pk)
    answer = DOORS[door](owner.user)
    assert answer.status_code in (400, 401), answer.content
    assert COOKIE not in answer.cookies or not answer.cookies[COOKIE].value
    assert not sessions().exists()
    after = User.objects.values().get(pk=owner.user.pk)
    assert after == before, "nor does anything about it change"


@pytest.mark.parametrize("door", ["google", "password", "sign-in link"])
def test_each_of_these_doors_opens_one_that_is_not_disabled(owner, google, door: str) -> None:
    assert DOORS[door](owner.user).status_code == 200


def test_a4_what_was_open_is_shut(owner, work_off) -> None:
    """Refresh and access tokens, the pages' cookie, and the address of an export."""
    export, _ = fetch(owner, work_off)
    cookie = cookie_of(sign_in(APIClient()))
    browser = Client()
    browser.force_login(owner.user, backend="accounts.backends.EmailBackend")
    user_deactivate(user=owner.user)
    assert refresh(cookie).status_code == 401
    for path in ("/api/auth/profile/", "/api/v1/sessions/", "/api/auth/chat/conversations/", *export["downloads"]):
        assert owner.get(path).status_code == 401, path
    assert browser.get("/report").status_code == 302
    assert "Sign out" not in browser.get("/").content.decode()


def test_a4_signing_up_again_opens_it_neither(owner) -> None:
    user_deactivate(user=owner.user)
    assert sign_up(APIClient(), username="Other", email="owner@example.org").status_code == 201
    assert sign_in(APIClient()).status_code == 401
    assert not User.objects.get().is_active
