"""Signing in by password: the access token in the body, the refresh token only in its cookie."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services import user_deactivate
from accounts.tests.steps import COOKIE, PASSWORD, cookie_of, refresh, sessions, sign_in

pytestmark = pytest.mark.django_db


def test_signing_in_answers_with_an_access_token_and_the_refresh_cookie(owner, anonymous) -> None:
    answer = sign_in(anonymous.client)
    cookie = answer.cookies[COOKIE]
    assert (answer.status_code, list(answer.json())) == (200, ["access"])
    assert answer["Cache-Control"] == "no-store"
    assert (cookie["path"], cookie["max-age"], cookie["samesite"]) == ("/", 14 * 86_400, "Lax")
    assert cookie["httponly"]
    assert (cookie["secure"], cookie["domain"]) == ("", "")
    assert cookie.value not in answer.content.decode()
    assert User.objects.get(pk=owner.user.pk).last_login is not None


def test_the_access_token_is_a_jwt_that_names_the_user_as_a_string_for_thirty_minutes(owner, anonymous) -> None:
    access = sign_in(anonymous.client).json()["access"]
    payload = json.loads(base64.urlsafe_b64decode(access.split(".")[1] + "=="))
    assert (len(access.split(".")), payload["user_id"], payload["token_type"]) == (3, str(owner.user.pk), "access")
    assert {"exp", "iat", "jti"} <= set(payload)
    assert payload["exp"] - payload["iat"] == 30 * 60
    assert abs(payload["iat"] - datetime.now(UTC).timestamp()) < 60


def test_unknown_address_wrong_password_and_disabled_account_get_the_same_answer(owner, stranger, anonymous) -> None:
    user_deactivate(user=stranger.user)
    answers = [
        sign_in(anonymous.client, "nobody@example.org"),
        sign_in(anonymous.client, password="not the Passw0rd"),
        sign_in(anonymous.client, stranger.user.email),
        sign_in(anonymous.client, "no address at all"),
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].json()["detail"]
    assert all(COOKIE not in answer.cookies for answer in answers)


def test_an_unknown_address_costs_a_password_hash_too(owner, anonymous, monkeypatch) -> None:
    hashed: list[str] = []
    encode = PBKDF2PasswordHasher.encode

    def counted(self, password, *args, **kwargs):  # type: ignore[no-untyped-def]
        hashed.append(password)
        return encode(self, password, *args, **kwargs)

    monkeypatch.setattr(PBKDF2PasswordHasher, "encode", counted)
    monkeypatch.setattr("django.contrib.auth.hashers.get_hashers", lambda: [PBKDF2PasswordHasher()])
    monkeypatch.setattr("django.contrib.auth.hashers.get_hasher", lambda algorithm="default": PBKDF2PasswordHasher())
    sign_in(anonymous.client, "nobody@example.org", "some password")
    assert hashed == ["some password"]


def test_a_disabled_account_stays_disabled(stranger, anonymous) -> None:
    token = cookie_of(sign_in(anonymous.client, stranger.user.email))
    user_deactivate(user=stranger.user)
    assert sign_in(anonymous.client, stranger.user.email).status_code == 401
    assert refresh(token).status_code == 401
    assert not User.objects.get(pk=stranger.user.pk).is_active


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": "owner@example.org"},
        {"email": "owner@example.org", "password": ""},
        {"email": ["owner@example.org"], "password": PASSWORD},
        {"email": "owner@example.org", "password": {"a": 1}},
        {"email": "owner@example.org\x00", "password": PASSWORD},
        {"email": "o" * 10_000, "password": PASSWORD},
        {"email": "owner@example.org", "password": "x" * 10_000},
        [],
        None,
    ],
)
def test_a_sign_in_form_that_makes_no_sense_is_a_400_with_a_sentence(owner, anonymous, body) -> None:
    answer = anonymous.post("/api/auth/login/", body)
    assert (answer.status_code, bool(answer.json()["detail"])) == (400, True)
    assert sessions().count() == 0


def test_a_form_from_a_foreign_page_signs_nobody_in(owner) -> None:
    client = APIClient()
    form = {"email": "owner@example.org", "password": PASSWORD}
    assert client.post("/api/auth/login/", form, format="multipart").status_code == 415
    assert COOKIE not in client.cookies


def test_signing_in_is_not_stopped_by_the_stale_token_of_a_signed_out_page(owner) -> None:
    client = APIClient(HTTP_AUTHORIZATION="Bearer null")
    assert sign_in(client).status_code == 200


def test_signing_out_ends_the_session_and_clears_the_cookie(owner, anonymous) -> None:
    token = cookie_of(sign_in(anonymous.client))
    answer = anonymous.client.post("/api/auth/logout/", "", content_type="application/x-www-form-urlencoded")
    cookie = answer.cookies[COOKIE]
    assert (answer.status_code, bool(answer.json()["detail"])) == (200, True)
    assert (cookie.value, cookie["max-age"], cookie["path"], cookie["samesite"]) == ("", 0, "/", "Lax")
    assert refresh(token).status_code == 401, "a copy of the cookie is worthless"
    assert sessions().get().ended_reason == "signed_out"


def test_signing_out_on_one_device_leaves_the_others(owner) -> None:
    here, there = cookie_of(sign_in(APIClient())), cookie_of(sign_in(APIClient()))
    client = APIClient()
    client.cookies[COOKIE] = here
    client.post("/api/auth/logout/")
    assert (refresh(here).status_code, refresh(there).status_code) == (401, 200)


@pytest.mark.parametrize("token", [None, "", "junk", "1.2", "00000000-0000-0000-0000-000000000000.x"])
def test_signing_out_without_a_session_is_fine(owner, token: str | None) -> None:
    client = APIClient(HTTP_AUTHORIZATION="Bearer null")
    if token is not None:
        client.cookies[COOKIE] = token
    assert client.post("/api/auth/logout/", {"refresh": None}).status_code == 200


def test_the_cookie_follows_its_settings(owner, anonymous, settings) -> None:
    settings.REFRESH_COOKIE_NAME, settings.REFRESH_COOKIE_SECURE = "other", True
    settings.REFRESH_COOKIE_SAMESITE, settings.REFRESH_COOKIE_DOMAIN = "None", "example.org"
    cookie = sign_in(anonymous.client).cookies["other"]
    assert (cookie["secure"], cookie["samesite"], cookie["domain"]) == (True, "None", "example.org")
