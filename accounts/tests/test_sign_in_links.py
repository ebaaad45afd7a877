"""Links that sign people in: mailed on request, used once, only by POST."""

from __future__ import annotations

import re
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.errors import LinkInvalid
from accounts.models import OneTimeToken, SignInRequest, User
from accounts.services import one_time_token_consume, one_time_token_create, sign_in_link, user_deactivate
from accounts.services.links import MAX_OPEN_LINKS
from accounts.tests.steps import COOKIE, cookie_of, link_in_mail, refresh, sessions
from animal.conftest import make_actor
from animal.core.models import OutgoingMail

pytestmark = pytest.mark.django_db
Purpose = OneTimeToken.Purpose


def ask(email: str) -> Any:
    return APIClient().post("/api/auth/magic/request/", {"email": email})


def consume(token: Any) -> Any:
    return APIClient().post("/api/auth/magic/consume/", {"token": token})


@pytest.fixture
def token(owner) -> str:
    return one_time_token_create(user=owner.user, purpose=Purpose.SIGN_IN)


def test_a_link_is_mailed_and_signs_in(owner, work_off) -> None:
    assert ask("OWNER@example.org").status_code == 200
    work_off()
    link = link_in_mail()
    answer = consume(link["token"])
    assert (mail.outbox[0].to, link["path"]) == (["owner@example.org"], "/auth/magic")
    assert answer.status_code == 200
    assert answer.json()["user"] == {"id": owner.user.pk, "username": "Owner", "email": "owner@example.org"}
    assert answer.json()["access"].count(".") == 2
    assert answer["Cache-Control"] == "no-store"
    assert refresh(cookie_of(answer)).status_code == 200


def test_known_unknown_and_disabled_addresses_get_the_same_answer(owner, stranger, work_off) -> None:
    user_deactivate(user=stranger.user)
    answers = [ask(email) for email in ("owner@example.org", "nobody@example.org", "stranger@example.org")]
    work_off()
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert [message.to for message in mail.outbox] == [["owner@example.org"]]


@pytest.mark.parametrize("email", ["", "no address", "a@b", "x" * 10_000 + "@example.org", None, 7, ["a@example.org"]])
def test_what_is_no_address_is_refused(owner, email) -> None:
    answer = ask(email)
    assert (answer.status_code, bool(answer.json()["detail"])) == (400, True)


def test_the_request_itself_does_the_same_for_known_and_unknown_addresses(owner) -> None:
    statements = []
    for email in ("owner@example.org", "nobody@example.org"):
        with CaptureQueriesContext(connection) as queries:
            ask(email)
        statements.append([re.sub(r"'[^']*'|\d+", "?", query["sql"]) for query in queries])
    assert statements[0] == statements[1]
    assert not any("accounts_user" in statement for statement in statements[0])


def test_the_address_that_was_asked_for_is_not_kept(owner, work_off) -> None:
    ask("nobody@example.org")
    work_off()
    assert SignInRequest.objects.count() == 0


def test_nobody_can_fill_a_mailbox_with_links(owner, work_off) -> None:
    for _ in range(MAX_OPEN_LINKS + 3):
        assert ask("owner@example.org").status_code == 200
        cache.clear()
    work_off()
    assert OutgoingMail.objects.count() == MAX_OPEN_LINKS
    OneTimeToken.objects.update(created_at=timezone.now() - timedelta(minutes=15))
    ask("owner@example.org")
    work_off()
    assert OutgoingMail.objects.count() == MAX_OPEN_LINKS + 1


def test_a_link_works_once(token) -> None:
    assert [consume(token).status_code for _ in range(2)] == [200, 400]
    assert sessions().count() == 1


def test_a_link_works_for_fifteen_minutes(token) -> None:
    expires_in = OneTimeToken.objects.get().expires_at - timezone.now()
    assert timedelta(minutes=14) < expires_in <= timedelta(minutes=15)
    OneTimeToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert consume(token).status_code == 400


def test_a_mail_scanner_that_only_looks_uses_nothing_up(token) -> None:
    assert APIClient().get("/api/auth/magic/consume/", {"token": token}).status_code == 405
    assert APIClient().head("/api/auth/magic/consume/").status_code == 405
    assert consume(token).status_code == 200


def test_only_a_digest_is_stored(token) -> None:
    assert token not in str(list(OneTimeToken.objects.values()))


def test_the_alphabet_of_tokens_survives_addresses_unescaped(owner) -> None:
    for _ in range(20):
        token = one_time_token_create(user=owner.user, purpose=Purpose.SIGN_IN)
        assert token.replace("-", "").replace("_", "").isalnum()
        assert token.isascii()


@pytest.mark.parametrize("token", ["", "junk", None, ["a"], "x" * 10_000, "a\x00b"])
def test_what_is_no_token_is_refused_with_a_sentence(owner, token) -> None:
    answer = consume(token)
    assert (answer.status_code, bool(answer.json()["detail"]), COOKIE in answer.cookies) == (400, True, False)


def test_a_link_for_one_purpose_is_useless_for_another(owner) -> None:
    reset = one_time_token_create(user=owner.user, purpose=Purpose.RESET_PASSWORD)
    assert consume(reset).status_code == 400
    with pytest.raises(LinkInvalid):
        one_time_token_consume(token=reset, purpose=Purpose.SIGN_IN)
    assert one_time_token_consume(token=reset, purpose=Purpose.RESET_PASSWORD) == owner.user


def test_a_link_does_not_open_a_disabled_account(owner, token) -> None:
    User.objects.filter(pk=owner.user.pk).update(is_active=False)
    assert consume(token).status_code == 400
    assert not User.objects.get(pk=owner.user.pk).is_active
    assert sessions().count() == 0


def test_using_a_link_proves_the_address_once(owner) -> None:
    consume(one_time_token_create(user=owner.user, purpose=Purpose.SIGN_IN))
    proven_at = User.objects.get(pk=owner.user.pk).email_verified_at
    assert proven_at is not None
    consume(one_time_token_create(user=owner.user, purpose=Purpose.SIGN_IN))
    assert User.objects.get(pk=owner.user.pk).email_verified_at == proven_at


def test_links_lead_to_the_site_and_on_to_a_page_of_it(owner, settings) -> None:
    settings.SITE_URL = "https://pawgle.example"
    link = sign_in_link(user=owner.user, next_path="/chat/1?a=b&c=d")
    assert link.startswith("https://pawgle.example/auth/magic?token=")
    assert link.endswith("&next=%2Fchat%2F1%3Fa%3Db%26c%3Dd")


@pytest.mark.django_db(transaction=True)
def test_of_eight_who_use_one_link_at_once_one_gets_in() -> None:
    token = one_time_token_create(user=make_actor("owner").user, purpose=Purpose.SIGN_IN)
    codes: list[int] = []
    all_ready = threading.Barrier(8)

    def send() -> None:
        all_ready.wait()
        codes.append(consume(token).status_code)
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [200] + [400] * 7
    assert sessions().count() == 1
