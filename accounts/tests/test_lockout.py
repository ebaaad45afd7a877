"""Guessing passwords: slowed down by account and client address, without locking the owner out."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from rest_framework.test import APIClient

from accounts.models import SignInTally
from accounts.services.lockout import ACCOUNT_TRIES, FREE_TRIES, tallies_purge
from accounts.tests.steps import PASSWORD, sign_in
from animal.conftest import make_actor

pytestmark = pytest.mark.django_db
HOME, ELSEWHERE = "192.0.2.1", "198.51.100.7"


WRONG = "not the Passw0rd"


def attempt(password: str = WRONG, *, at: str = HOME, email: str = "owner@example.org", **headers: Any) -> Any:
    cache.clear()  # The throttle by client address has tests of its own.
    return sign_in(APIClient(REMOTE_ADDR=at, **headers), email, password)


def guess(times: int, **kwargs: Any) -> list[int]:
    return [attempt(**kwargs).status_code for _ in range(times)]


def let_pass(span: timedelta) -> None:
    for tally in SignInTally.objects.all():
        tally.changed_at -= span
        if tally.blocked_until:
            tally.blocked_until -= span
        tally.save()


def test_after_five_failures_even_the_right_password_has_to_wait(owner) -> None:
    assert guess(FREE_TRIES) == [401] * FREE_TRIES
    answer = attempt(PASSWORD)
    assert (answer.status_code, bool(answer.json()["detail"])) == (429, True)
    assert 0 < int(answer["Retry-After"]) <= 30
    assert answer.json()["detail"] == (
        "Too many attempts to sign in. Please wait a little, or ask for a sign-in link by mail. "
        f"You can try again in {answer['Retry-After']} seconds."
    )
    let_pass(timedelta(seconds=31))
    assert attempt(PASSWORD).status_code == 200


def test_waits_double_up_to_a_quarter_of_an_hour(owner) -> None:
    guess(FREE_TRIES)
    waits = []
    for _ in range(8):
        waits.append(int(attempt()["Retry-After"]))
        let_pass(timedelta(seconds=waits[-1] + 1))
        assert attempt().status_code == 401
    assert waits == [30, 60, 120, 240, 480, 900, 900, 900]


def test_a_success_starts_the_count_anew(owner) -> None:
    guess(FREE_TRIES - 1)
    assert attempt(PASSWORD).status_code == 200
    assert guess(FREE_TRIES) == [401] * FREE_TRIES


def test_an_hour_later_old_failures_are_forgotten(owner) -> None:
    guess(FREE_TRIES - 1)
    let_pass(timedelta(hours=1, seconds=1))
    assert guess(FREE_TRIES) == [401] * FREE_TRIES


def test_who_guesses_from_elsewhere_does_not_lock_the_owner_out(owner) -> None:
    guess(FREE_TRIES + 3, at=ELSEWHERE)
    assert attempt(PASSWORD, at=HOME).status_code == 200


def test_guessing_from_many_addresses_is_slowed_for_a_minute_only(owner) -> None:
    for number in range(ACCOUNT_TRIES):
        assert attempt(at=f"203.0.113.{number}").status_code == 401
    answer = attempt(PASSWORD, at="203.0.113.200")
    assert (answer.status_code, int(answer["Retry-After"]) <= 60) == (429, True)
    let_pass(timedelta(seconds=61))
    assert attempt(PASSWORD, at="203.0.113.200").status_code == 200


def test_the_owner_gets_in_from_where_they_signed_in_before_whoever_keeps_guessing(owner) -> None:
    assert attempt(PASSWORD, at=HOME).status_code == 200
    for number in range(ACCOUNT_TRIES):
        attempt(at=f"203.0.113.{number}")
    assert attempt(at="203.0.113.201").status_code == 429
    assert attempt(PASSWORD, at=HOME).status_code == 200


def test_one_account_is_not_stopped_by_guesses_at_another(owner, stranger) -> None:
    guess(FREE_TRIES + 1)
    assert attempt(PASSWORD, email="stranger@example.org").status_code == 200


def test_a21_an_address_without_an_account_is_slowed_just_the_same(owner) -> None:
    known, unknown = guess(FREE_TRIES + 1), guess(FREE_TRIES + 1, email="nobody@example.org")
    assert known == unknown == [401] * FREE_TRIES + [429]


def test_another_spelling_of_the_address_is_the_same_account(owner) -> None:
    guess(FREE_TRIES)
    assert attempt(PASSWORD, email="OWNER@Example.org").status_code == 429


def test_the_token_endpoint_counts_too(owner) -> None:
    guess(FREE_TRIES)
    cache.clear()
    form = {"username": "Owner", "password": PASSWORD}
    assert APIClient(REMOTE_ADDR=HOME).post("/api/token/", form).status_code == 429


def test_the_admin_counts_too_and_takes_the_right_password_no_more(moderator, client) -> None:
    form = {"username": "moderator@example.org", "password": "wrong"}
    for _ in range(FREE_TRIES):
        client.post("/admin/login/", form)
    assert client.post("/admin/login/", {**form, "password": PASSWORD}).status_code == 200, "the form again"
    let_pass(timedelta(seconds=31))
    assert client.post("/admin/login/", {**form, "password": PASSWORD}).status_code == 302


def test_a11_a_forged_client_address_gets_no_free_tries(owner) -> None:
    codes = [attempt(HTTP_X_FORWARDED_FOR=f"10.0.0.{number}").status_code for number in range(FREE_TRIES + 1)]
    assert codes[-1] == 429


def test_a11_behind_one_proxy_its_client_counts_without_the_port(owner, monkeypatch) -> None:
    monkeypatch.setattr("rest_framework.settings.api_settings.NUM_PROXIES", 1)
    for port in range(FREE_TRIES):
        attempt(HTTP_X_FORWARDED_FOR=f"1.2.3.4, {ELSEWHERE}:{50_000 + port}")
    assert attempt(HTTP_X_FORWARDED_FOR=f"5.6.7.8, {ELSEWHERE}:1").status_code == 429
    assert attempt(PASSWORD, HTTP_X_FORWARDED_FOR=f"{ELSEWHERE}, {HOME}").status_code == 200


def test_the_tallies_name_nobody_and_are_forgotten(owner) -> None:
    attempt()
    assert "owner" not in str(list(SignInTally.objects.values()))
    assert tallies_purge() == 0
    let_pass(timedelta(days=31))
    assert tallies_purge() == 2


@pytest.mark.django_db(transaction=True)
def test_eight_guesses_at_once_are_no_more_than_five() -> None:
    make_actor("owner")
    codes: list[int] = []
    ready = threading.Barrier(8)

    def guess_once() -> None:
        ready.wait()
        while (code := sign_in(APIClient(REMOTE_ADDR=HOME), password="wrong").status_code) == 503:
            cache.clear()  # A process hashes for a few at a time, and asks the others to come again.
        codes.append(code)
        connection.close()

    threads = [threading.Thread(target=guess_once) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [401] * FREE_TRIES + [429] * 3
