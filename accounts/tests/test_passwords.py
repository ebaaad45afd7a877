"""Passwords: forgotten, reset, changed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import OneTimeToken, User
from accounts.services import one_time_token_create, sign_out_everywhere, user_deactivate
from accounts.services.links import uid_of
from accounts.tests.steps import COOKIE, PASSWORD, cookie_of, link_in_mail, refresh, sessions, sign_in, sign_up
from animal.core.models import OutgoingMail

pytestmark = pytest.mark.django_db
Purpose = OneTimeToken.Purpose
NEW = "quite another Passw0rd"


def forget(email: str) -> Any:
    return APIClient().post("/api/auth/forgot-password/", {"email": email})


def reset(user: User, token: str, new_password: str = NEW, **fields: Any) -> Any:
    form = {"uid": uid_of(user), "token": token, "new_password": new_password, **fields}
    return APIClient().post("/api/auth/reset-password/", form)


def consume(token: str, **fields: Any) -> Any:
    return APIClient().post("/api/auth/magic/consume/", {"token": token, **fields})


@pytest.fixture
def token(owner) -> str:
    return one_time_token_create(user=owner.user, purpose=Purpose.RESET_PASSWORD)


def test_a_forgotten_password_is_replaced_by_a_mailed_link(owner, work_off) -> None:
    answer = forget("OWNER@example.org")
    work_off()
    link = link_in_mail()
    assert (answer.status_code, list(answer.json())) == (200, ["message"])
    assert (mail.outbox[0].to, link["path"], link["next"]) == (["owner@example.org"], "/auth/magic", "/user")
    assert reset(owner.user, link["token"], uid=link["uid"]).status_code == 200
    assert (sign_in(APIClient()).status_code, sign_in(APIClient(), password=NEW).status_code) == (401, 200)


def test_a21_forgot_password_answers_the_same_for_known_unknown_and_disabled(owner, stranger, work_off) -> None:
    user_deactivate(user=stranger.user)
    answers = [forget(email) for email in ("owner@example.org", "nobody@example.org", "stranger@example.org")]
    assert len({(answer.status_code, answer.content) for answer in answers}) == 1
    work_off()
    assert [message.to for message in mail.outbox] == [["owner@example.org"]]


def test_forgot_password_looks_nobody_up_in_the_request(owner) -> None:
    def queries(email: str) -> list[str]:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            forget(email)
        return [query["sql"].split(" ")[0] for query in captured.captured_queries]

    assert queries("owner@example.org") == queries("nobody@example.org")


def test_a7_a_reset_refuses_a_password_that_sign_up_would_refuse_and_burns_nothing(owner, token) -> None:
    answer = reset(owner.user, token, "1")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["new_password"])
    assert answer.json()["error"] == answer.json()["detail"]
    assert consume(token, new_password="password").status_code == 400
    assert reset(owner.user, token).status_code == 200


def test_a9_a_reset_ends_every_session(owner, token) -> None:
    cookie = cookie_of(sign_in(APIClient()))
    answer = reset(owner.user, token)
    assert (answer.status_code, COOKIE in answer.cookies) == (200, False)
    assert refresh(cookie).status_code == 401
    assert owner.get("/api/v1/sessions/").status_code == 401, "access tokens die with their session"


def test_a8_a_reset_token_works_once(owner, token) -> None:
    assert [reset(owner.user, token).status_code for _ in range(2)] == [200, 400]


@pytest.mark.parametrize("purpose", [p for p in Purpose if p != Purpose.RESET_PASSWORD])
def test_a8_no_other_token_resets_a_password(owner, purpose) -> None:
    other = one_time_token_create(user=owner.user, purpose=purpose, new_email="new@example.org")
    assert reset(owner.user, other).status_code == 400
    assert sign_in(APIClient()).status_code == 200


def test_a_reset_token_of_somebody_else_is_refused(owner, stranger, token) -> None:
    assert reset(stranger.user, token).status_code == 400
    assert reset(owner.user, token, uid="!").status_code == 400
    assert reset(owner.user, token).status_code == 200


def test_a_reset_link_asks_for_the_new_password_and_stays_good(owner, token) -> None:
    answer = consume(token)
    assert (answer.status_code, answer.json()["code"], COOKIE in answer.cookies) == (400, "password_required", False)
    cookie = cookie_of(sign_in(APIClient()))
    answer = consume(token, new_password=NEW)
    assert (answer.status_code, answer.json()["user"]["id"]) == (200, owner.user.pk)
    assert refresh(cookie).status_code == 401
    assert refresh(cookie_of(answer)).status_code == 200
    assert consume(token, new_password=NEW).status_code == 400


def test_our_own_page_asks_for_the_new_password_and_signs_in(owner, token) -> None:
    page = Client()
    asked = page.post("/auth/magic", {"token": token})
    assert (asked.status_code, 'name="new_password"' in asked.content.decode()) == (400, True)
    refused = page.post("/auth/magic", {"token": token, "new_password": "password"})
    assert (refused.status_code, 'name="new_password"' in refused.content.decode()) == (400, True)
    assert page.post("/auth/magic", {"token": token, "new_password": "aB3 " * 100}).status_code == 400
    assert page.post("/auth/magic", {"token": token, "new_password": NEW}).status_code == 302
    assert page.get("/report").status_code == 200
    assert sign_in(APIClient(), password=NEW).status_code == 200


def test_a4_a_reset_does_not_open_a_disabled_account(owner, token) -> None:
    User.objects.filter(pk=owner.user.pk).update(is_active=False)
    assert (reset(owner.user, token).status_code, consume(token, new_password=NEW).status_code) == (400, 400)
    assert not User.objects.get(pk=owner.user.pk).is_active


def test_a_reset_proves_the_address_and_uses_up_the_other_links(unverified) -> None:
    link = one_time_token_create(user=unverified.user, purpose=Purpose.SIGN_IN)
    assert reset(unverified.user, one_time_token_create(user=unverified.user, purpose=Purpose.RESET_PASSWORD))
    assert User.objects.get(pk=unverified.user.pk).email_verified_at is not None
    assert consume(link).status_code == 400


# --- change -----------------------------------------------------------------------------------------------------------


def change(actor: Any, **fields: Any) -> Any:
    return actor.post("/api/v1/me/password/", {"current_password": PASSWORD, "new_password": NEW, **fields})


def test_changing_the_password_signs_out_the_others_and_not_the_caller(owner, work_off) -> None:
    elsewhere = sign_in(APIClient())
    answer = change(owner)
    assert (answer.status_code, list(answer.json())) == (200, ["access"])
    assert refresh(cookie_of(elsewhere)).status_code == 401
    assert refresh(cookie_of(answer)).status_code == 200
    there = APIClient(HTTP_AUTHORIZATION=f"Bearer {elsewhere.json()['access']}")
    here = APIClient(HTTP_AUTHORIZATION=f"Bearer {answer.json()['access']}")
    assert (there.get("/api/v1/sessions/").status_code, here.get("/api/v1/sessions/").status_code) == (401, 200)
    assert sign_in(APIClient(), password=NEW).status_code == 200
    work_off()
    assert mail.outbox[-1].to == ["owner@example.org"]


@pytest.mark.parametrize("current", ["", "not the Passw0rd"])
def test_a_stolen_access_token_alone_changes_no_password(owner, current: str) -> None:
    answer = (
        change(owner, current_password=current)
        if current
        else owner.post("/api/v1/me/password/", {"new_password": NEW})
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "wrong_password")
    assert sign_in(APIClient()).status_code == 200


def test_a_changed_password_follows_the_rules(owner) -> None:
    assert list(change(owner, new_password="12345678").json()["errors"]) == ["new_password"]
    assert change(owner, new_password="owner@example.org").status_code == 400


def test_whoever_has_no_password_sets_one_after_a_fresh_sign_in_only(owner) -> None:
    User.objects.filter(pk=owner.user.pk).update(password="!")
    mine = owner.user.sessions.all()
    mine.update(created_at=timezone.now() - timedelta(hours=1))
    answer = owner.post("/api/v1/me/password/", {"new_password": NEW})
    assert (answer.status_code, answer.json()["code"]) == (403, "sign_in_again")
    mine.update(created_at=timezone.now())
    assert owner.post("/api/v1/me/password/", {"new_password": NEW}).status_code == 200


def test_a_stranger_changes_nobodys_password(anonymous) -> None:
    assert change(anonymous).status_code == 401


# --- proof ------------------------------------------------------------------------------------------------------------


def test_a5_a_password_set_before_the_address_was_proven_ends_when_it_is_proven_another_way(work_off) -> None:
    """Somebody signs up with a victim's address; later the victim asks for a sign-in link."""
    attacker = APIClient()
    sign_up(attacker, email="victim@example.org")
    cookie = cookie_of(sign_in(attacker, "victim@example.org"))
    user = User.objects.get()
    assert consume(one_time_token_create(user=user, purpose=Purpose.SIGN_IN)).status_code == 200
    assert sign_in(APIClient(), "victim@example.org").status_code == 401
    assert refresh(cookie).status_code == 401
    assert sessions().filter(ended_at=None).count() == 1


def test_the_password_stays_when_the_link_of_the_sign_up_proves_the_address(work_off) -> None:
    sign_up(APIClient(), email="zoe@example.org")
    work_off()
    assert consume(link_in_mail()["token"]).status_code == 200
    assert sign_in(APIClient(), "zoe@example.org").status_code == 200


def test_signing_out_everywhere_spoils_links_that_are_under_way(owner, token) -> None:
    sign_out_everywhere(user=owner.user)
    assert reset(owner.user, token).status_code == 400
    assert OutgoingMail.objects.count() == 0
