"""Proving an address: by POST, once; by GET, without using anything up."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from rest_framework.test import APIClient

from accounts.models import OneTimeToken, User
from accounts.services import one_time_token_create
from accounts.services.links import MAX_OPEN_LINKS, uid_of
from accounts.tests.steps import COOKIE, cookie_of, link_in_mail, refresh, sessions, sign_up

pytestmark = pytest.mark.django_db
Purpose = OneTimeToken.Purpose
URL = "/api/auth/verify-email/"


def resend(email: str) -> Any:
    return APIClient().post("/api/auth/resend-verification/", {"email": email})


@pytest.fixture
def query(unverified) -> dict[str, str]:
    token = one_time_token_create(user=unverified.user, purpose=Purpose.VERIFY_EMAIL)
    return {"uid": uid_of(unverified.user), "token": token}


def is_proven(actor: Any) -> bool:
    return User.objects.get(pk=actor.user.pk).email_verified_at is not None


def test_a8_confirming_by_get_proves_the_address_and_opens_no_session(unverified, query) -> None:
    answer = APIClient().get(URL, query)
    assert (answer.status_code, set(answer.json()), answer.json()["access"]) == (200, {"message", "access"}, "")
    assert (COOKIE in answer.cookies, sessions().count(), is_proven(unverified)) == (False, 0, True)


def test_a_mail_scanner_that_gets_the_link_uses_nothing_up(query) -> None:
    APIClient().get(URL, query)
    answer = APIClient().post(URL, query)
    assert (answer.status_code, set(answer.json())) == (200, {"message", "access"})
    assert refresh(cookie_of(answer)).status_code == 200


def test_a8_a_verification_token_signs_in_once(query) -> None:
    assert [APIClient().post(URL, query).status_code for _ in range(2)] == [200, 400]
    assert APIClient().get(URL, query).status_code == 400


@pytest.mark.parametrize("purpose", [p for p in Purpose if p != Purpose.VERIFY_EMAIL])
def test_a8_no_other_token_verifies(unverified, purpose) -> None:
    query = {"uid": uid_of(unverified.user), "token": one_time_token_create(user=unverified.user, purpose=purpose)}
    assert (APIClient().get(URL, query).status_code, APIClient().post(URL, query).status_code) == (400, 400)
    assert not is_proven(unverified)


@pytest.mark.parametrize("change", [{"uid": "Njk5OTk"}, {"uid": ""}, {"token": "junk"}, {"token": ""}, {"token": "\0"}])
def test_what_is_no_link_is_refused_with_a_sentence(unverified, query, change) -> None:
    answer = APIClient().get(URL, {**query, **change})
    assert (answer.status_code, bool(answer.json()["error"]), is_proven(unverified)) == (400, True, False)


def test_a4_confirming_does_not_open_a_disabled_account(unverified, query) -> None:
    User.objects.update(is_active=False)
    assert (APIClient().get(URL, query).status_code, APIClient().post(URL, query).status_code) == (400, 400)
    assert not User.objects.get().is_active


def test_another_welcome_mail_can_be_asked_for(work_off) -> None:
    sign_up(APIClient())
    work_off()
    answer = resend("ZOE@example.org")
    work_off()
    link = link_in_mail()
    assert (answer.status_code, list(answer.json()), len(mail.outbox)) == (200, ["message"], 2)
    assert APIClient().get(URL, {"uid": link["uid"], "token": link["token"]}).status_code == 200


def test_a21_resending_does_not_reveal_who_is_verified_or_has_an_account(owner, unverified, work_off) -> None:
    answers = [resend(f"{name}@example.org") for name in ("owner", "unverified", "nobody")]
    assert len({(answer.status_code, answer.content) for answer in answers}) == 1
    work_off()
    assert [message.to for message in mail.outbox] == [["unverified@example.org"]]


def test_nobody_can_fill_a_mailbox_with_verification_mails(unverified, work_off) -> None:
    for _ in range(MAX_OPEN_LINKS + 3):
        resend("unverified@example.org")
        cache.clear()
    work_off()
    assert len(mail.outbox) == MAX_OPEN_LINKS


def test_asking_again_and_again_is_throttled(unverified) -> None:
    codes = [resend("unverified@example.org").status_code for _ in range(6)]
    assert codes == [200] * 5 + [429]


@pytest.mark.parametrize("body", [{}, {"email": ""}, {"email": "no address"}, {"email": ["a@b.de"]}, []])
def test_a_form_that_makes_no_sense_is_a_400_with_a_sentence(db, body) -> None:
    for path in ("resend-verification", "forgot-password", "reset-password"):
        answer = APIClient().post(f"/api/auth/{path}/", body)
        assert (answer.status_code, bool(answer.json()["error"])) == (400, True)
