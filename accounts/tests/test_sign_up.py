"""Anybody can sign up, once for each address and name; whatever cannot be used is said in a sentence."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from rest_framework.test import APIClient

from accounts.models import OneTimeToken, User
from accounts.tests.steps import PASSWORD, link_in_mail, sign_in, sign_up
from animal.core.models import OutgoingMail

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> APIClient:
    return APIClient()


def test_signing_up_makes_an_account_that_can_sign_in_at_once(client) -> None:
    answer = sign_up(client)
    user = User.objects.get()
    assert answer.status_code == 201
    assert answer.json()["user"] == {"id": user.pk, "username": "Zoë", "email": "zoe@example.org"}
    assert answer.json()["message"]
    assert (user.is_active, user.is_test, user.email_verified_at) == (True, False, None)
    assert sign_in(client, "zoe@example.org").status_code == 200


def test_the_welcome_mail_carries_a_link_that_proves_the_address(client, work_off) -> None:
    sign_up(client)
    assert mail.outbox == [], "mail is sent by the worker, not in the request"
    work_off()
    link = link_in_mail()
    assert (mail.outbox[0].to, link["path"], link["next"]) == (["zoe@example.org"], "/auth/magic", "/user")
    assert client.post("/api/auth/magic/consume/", {"token": link["token"]}).status_code == 200
    assert User.objects.get().email_verified_at is not None


def test_the_welcome_mail_shows_no_text_that_a_stranger_chose(client, work_off) -> None:
    sign_up(client, username="visit evil.example now")
    work_off()
    assert "evil" not in mail.outbox[0].body + mail.outbox[0].subject


@pytest.mark.parametrize("name", ["Олена", "田中さん", "Ana María", "O’Brien & Söhne", "🐕"])
def test_names_may_be_in_any_script(client, name: str) -> None:
    assert sign_up(client, username=f"  {name} ").json()["user"]["username"] == name


def test_one_address_has_one_account_whatever_its_case(client) -> None:
    sign_up(client, username="first")
    answer = sign_up(client, username="second", email="ZOE@Example.ORG")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["email"])
    assert User.objects.count() == 1
    assert sign_in(client, "Zoe@EXAMPLE.org").status_code == 200


@pytest.mark.parametrize("other", ["zoë", "ZOË", "Zoe\u0308", "Ｚｏë"])
def test_one_name_belongs_to_one_person_however_it_is_spelled(client, other: str) -> None:
    sign_up(client)
    answer = sign_up(client, username=other, email="other@example.org")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["username"])
    assert sign_up(client, username="Zoe", email="other@example.org").status_code == 201


def test_an_address_under_dot_test_makes_a_test_account(client) -> None:
    sign_up(client, email="somebody@pawgle.TEST")
    assert User.objects.get().is_test


BAD = {
    "a name of 10,000 characters": ({"username": "x" * 10_000}, "username"),
    "a name that grows beyond its column when normalised": ({"username": "\ufdfa" * 100}, "username"),
    "a name with markup": ({"username": "<img src=x onerror=alert(1)>"}, "username"),
    "a name with a NUL byte": ({"username": "a\x00b"}, "username"),
    "a name that nobody can see": ({"username": "\u200d\u200b"}, "username"),
    "a name that only looks like another": ({"username": "Mo\u200bderator"}, "username"),
    "an empty name": ({"username": ""}, "username"),
    "a list for a name": ({"username": ["a"]}, "username"),
    "an object for a name": ({"username": {"$ne": ""}}, "username"),
    "no address": ({"email": ""}, "email"),
    "something that is no address": ({"email": "zoe"}, "email"),
    "an address of 300 characters": ({"email": "z" * 300 + "@example.org"}, "email"),
    "an address with a line break": ({"email": "zoe@example.org\nBcc: all@example.org"}, "email"),
    "a number for an address": ({"email": 7}, "email"),
    "null for an address": ({"email": None}, "email"),
    "a short password": ({"password": "aB3x9k2", "confirm_password": "aB3x9k2"}, "password"),
    "a common password": ({"password": "password123", "confirm_password": "password123"}, "password"),
    "digits only": ({"password": "7462918403", "confirm_password": "7462918403"}, "password"),
    "a password like the address": ({"password": "zoe@example.org", "confirm_password": "zoe@example.org"}, "password"),
    "a password of 10,000 characters": ({"password": "x" * 10_000, "confirm_password": "x" * 10_000}, "password"),
    "a password with a NUL byte": ({"password": "a\x00" * 9, "confirm_password": "a\x00" * 9}, "password"),
    "two different passwords": ({"confirm_password": PASSWORD + "!"}, "confirm_password"),
}


@pytest.mark.parametrize("case", BAD, ids=str)
def test_what_cannot_be_used_is_refused_with_a_sentence_and_leaves_nothing(client, case: str) -> None:
    fields, at_fault = BAD[case]
    answer = sign_up(client, **fields)
    body = answer.json()
    assert (answer.status_code, next(iter(body["errors"]))) == (400, at_fault)
    assert body["detail"] == body["error"] == body["message"]
    assert (User.objects.count(), OutgoingMail.objects.count(), OneTimeToken.objects.count()) == (0, 0, 0)


@pytest.mark.parametrize("body", ["", "{}", "[]", "null", "7", '"text"', "{", "[" * 100_000, '{"username": NaN}'])
def test_a_body_that_is_no_form_is_refused_in_json(client, body: str) -> None:
    answer = client.post("/api/auth/signup/", body, content_type="application/json")
    assert (answer.status_code, User.objects.count()) == (400, 0)
    assert answer.json()["detail"]


def test_a_form_from_a_foreign_page_is_refused(client) -> None:
    answer = client.post("/api/auth/signup/", "username=a", content_type="application/x-www-form-urlencoded")
    assert (answer.status_code, bool(answer.json()["detail"])) == (415, True)


def test_a_refused_sign_up_says_every_field_at_fault(client) -> None:
    sign_up(client)
    assert set(sign_up(client, password="1", confirm_password="1").json()["errors"]) == {
        "username",
        "email",
        "password",
    }


@pytest.mark.django_db(transaction=True)
def test_of_two_equal_sign_ups_at_once_one_wins_and_one_is_told_why() -> None:
    answers: list[Any] = []
    both_ready = threading.Barrier(2)

    def send() -> None:
        both_ready.wait()
        answers.append(sign_up(APIClient()))
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [201, 400]
    assert (User.objects.count(), OutgoingMail.objects.count()) == (1, 1)


def test_losing_the_race_for_an_address_after_the_check_is_told_as_the_check_would(client, monkeypatch) -> None:
    hashing = User.set_password

    def while_somebody_else_signs_up(user: User, password: str | None) -> None:
        monkeypatch.setattr(User, "set_password", hashing)
        sign_up(APIClient())
        hashing(user, password)

    monkeypatch.setattr(User, "set_password", while_somebody_else_signs_up)
    answer = sign_up(client, username="Other")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["email"])
    assert (User.objects.count(), OutgoingMail.objects.count()) == (1, 1)
