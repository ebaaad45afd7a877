"""Anybody can sign up, once for each address and name; whatever cannot be used is said in a sentence."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import get_hasher
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import OneTimeToken, User
from accounts.services import user_deactivate, users
from accounts.tests.steps import PASSWORD, cookie_of, link_in_mail, refresh, sign_in, sign_up
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
    assert sign_up(client, username="second", email="ZOE@Example.ORG").status_code == 201
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
    "the name of our support": ({"username": "PawGle support"}, "username"),
    "our name in wide capitals": ({"username": "\uff21\uff24\uff2d\uff29\uff2e"}, "username"),
    "our name in two pieces": ({"username": "Paw-Gle"}, "username"),
    "a web address for a name": ({"username": "https://evil.example"}, "username"),
    "a mail address for a name": ({"username": "a@b.example"}, "username"),
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


@pytest.mark.parametrize("name", ["Adminah", "Supporter of cats", "paw.gleaner", "j.doe+cats-2_x", "Staffan"])
def test_names_that_only_resemble_a_reserved_one_are_taken(client, name: str) -> None:
    assert sign_up(client, username=name).status_code == 201


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
        "password",
    }


def told(answer: Any) -> tuple[int, dict[str, Any], set[str]]:
    """All that the one who typed gets to see, with what differs from account to account anyway left out."""
    body = answer.json()
    fields = {key: type(value).__name__ for key, value in body["user"].items()}
    return answer.status_code, {**body, "user": fields}, {*answer.headers, *answer.cookies}


@pytest.mark.parametrize("state", ["proven", "unproven", "disabled", "leaving"])
def test_a21_signing_up_tells_nobody_whether_an_address_has_an_account(client, owner, state: str) -> None:
    changes = {
        "proven": {},
        "unproven": {"email_verified_at": None},
        "disabled": {"is_active": False},
        "leaving": {"is_active": False, "deletion_due_at": timezone.now() + timedelta(days=1)},
    }
    User.objects.filter(pk=owner.user.pk).update(**changes[state])
    counted = client.get("/api/auth/users/count/").content
    known = sign_up(client, username="Somebody", email="OWNER@example.org")
    unknown = sign_up(APIClient(), username="Else", email="new@example.org")
    assert told(known) == told(unknown)
    assert known.json()["user"]["email"] == "OWNER@example.org"
    ids = known.json()["user"]["id"], unknown.json()["user"]["id"]
    assert owner.user.pk < ids[0] < ids[1]
    assert not User.objects.filter(pk=ids[0]).exists()
    assert client.get("/api/auth/users/count/").content == counted


def test_a21_a_known_address_takes_the_same_work(client, owner, monkeypatch) -> None:
    """One hash of a password and one mail; within a few statements."""
    hashes: list[str] = []
    hasher = type(get_hasher())
    encode = hasher.encode
    monkeypatch.setattr(hasher, "encode", lambda self, *args, **kw: hashes.append("x") or encode(self, *args, **kw))

    def statements(**fields: str) -> int:
        hashes.clear()
        with CaptureQueriesContext(connection) as captured:
            assert sign_up(APIClient(), **fields).status_code == 201
        assert len(hashes) == 1
        return len(captured)

    known, unknown = statements(email="owner@example.org"), statements(username="New", email="new@example.org")
    assert abs(known - unknown) <= 6, (known, unknown)
    assert OutgoingMail.objects.count() == 2


def test_the_owner_of_the_address_is_told_once_an_hour_and_keeps_the_account(
    client, owner, work_off, monkeypatch
) -> None:
    monkeypatch.setattr(users, "NOTICE_SECONDS", 10**12)  # An hour must not end in between.
    other = {"password": PASSWORD + "!", "confirm_password": PASSWORD + "!"}
    for number in range(3):
        assert sign_up(client, username=f"Other {number}", email="owner@example.org", **other).status_code == 201
    work_off()
    (sent,) = mail.outbox
    assert sent.to == ["owner@example.org"]
    assert "/auth/magic" in sent.body
    assert "/forgot-password" in sent.body
    assert "Other" not in sent.body
    assert sign_in(client).status_code == 200
    assert sign_in(APIClient(), password=PASSWORD + "!").status_code == 401
    assert User.objects.get().username == "Owner"


def test_a_disabled_account_is_not_written_to(client, owner, work_off) -> None:
    user_deactivate(user=owner.user)
    sign_up(client, username="Other", email="owner@example.org")
    work_off()
    assert mail.outbox == []


@pytest.mark.parametrize("first", ["the thief", "the person"])
def test_a5_of_two_sign_ups_with_an_unproven_address_no_password_survives_the_proof(
    client, work_off, first: str
) -> None:
    """Nobody knows which of the two reads the mailbox: whoever does is signed in by the link, and chooses anew."""
    others = PASSWORD + "!"
    passwords = (others, PASSWORD) if first == "the thief" else (PASSWORD, others)
    for number, password in enumerate(passwords):
        sign_up(APIClient(), username=f"Zoë {number}", password=password, confirm_password=password)
    stolen = sign_in(APIClient(), "zoe@example.org", passwords[0])
    assert stolen.status_code == 200, "nobody has proved anything yet"
    work_off()
    (welcome,) = [sent for sent in mail.outbox if "Welcome" in sent.subject]
    token = re.findall(r"token=([\w-]+)", str(welcome.body))[0]
    assert client.post("/api/auth/magic/consume/", {"token": token}).status_code == 200
    assert {sign_in(APIClient(), "zoe@example.org", password).status_code for password in passwords} == {401}
    assert refresh(cookie_of(stolen)).status_code == 401


def test_whoever_signs_up_twice_with_the_same_password_keeps_it_and_gets_the_mail_again(client, work_off) -> None:
    for number in range(8):
        cache.clear()
        assert sign_up(client, username=f"Zoë {number}").status_code == 201
    work_off()
    assert [sent.subject.split()[0] for sent in mail.outbox] == ["Welcome"] * 5
    client.post("/api/auth/magic/consume/", {"token": link_in_mail()["token"]})
    assert sign_in(APIClient(), "zoe@example.org").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_of_two_equal_sign_ups_at_once_one_makes_an_account() -> None:
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
    # The second is told that the name is taken, or, when it looked before the first had written, nothing.
    assert sorted(answer.status_code for answer in answers) in ([201, 201], [201, 400])
    assert User.objects.count() == 1


def test_a21_losing_the_race_for_an_address_tells_nothing_either(client, monkeypatch) -> None:
    turn = users.hashing_turn

    @contextmanager
    def and_then_somebody_else_signs_up() -> Iterator[None]:
        monkeypatch.setattr(users, "hashing_turn", turn)
        with turn():
            yield
        sign_up(APIClient())

    monkeypatch.setattr(users, "hashing_turn", and_then_somebody_else_signs_up)
    assert sign_up(client, username="Other").status_code == 201
    assert User.objects.get().username == "Zoë"


def test_of_two_equal_sign_ups_the_second_is_told_of_the_name_even_if_it_looked_before_the_first_wrote(
    client, monkeypatch
) -> None:
    validate = users.validate_password

    def and_then_the_first_is_written(*args: Any) -> None:
        monkeypatch.setattr(users, "validate_password", validate)
        assert sign_up(APIClient()).status_code == 201
        validate(*args)

    monkeypatch.setattr(users, "validate_password", and_then_the_first_is_written)
    second = sign_up(client)
    assert second.status_code == 400
    assert set(second.json()["errors"]) == {"username"}
    assert User.objects.count() == 1
