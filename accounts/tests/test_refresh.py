"""Refresh families: rotation that tolerates several tabs and lost answers, and ends at a replay."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import update_last_login
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services.sessions import REFRESH_GRACE
from accounts.tests.steps import COOKIE, PASSWORD, cookie_of, refresh, sessions, sign_in
from animal.conftest import make_actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def first(owner) -> str:
    """The refresh token of a fresh sign-in."""
    return cookie_of(sign_in(APIClient()))


def let_grace_pass() -> None:
    let_time_pass(REFRESH_GRACE + timedelta(seconds=1))


def let_time_pass(span: timedelta) -> None:
    for session in sessions():
        session.rotated_at -= span
        session.expires_at -= span
        session.save()


def test_refreshing_answers_with_an_access_token_and_the_next_cookie(first, owner) -> None:
    answer = refresh(first)
    assert (answer.status_code, list(answer.json())) == (200, ["access"])
    assert cookie_of(answer) != first
    assert answer.cookies[COOKIE]["max-age"] == 14 * 86_400
    client = APIClient(HTTP_AUTHORIZATION=f"Bearer {answer.json()['access']}")
    assert client.get("/api/auth/users/count/").status_code == 200


def test_tokens_are_not_in_the_database(first) -> None:
    second = cookie_of(refresh(first))
    stored = str(list(sessions().values()))
    assert first.partition(".")[2] not in stored
    assert second.partition(".")[2] not in stored


def test_a_chain_of_refreshes_goes_on_and_on(first) -> None:
    seen = {first}
    token = first
    for _ in range(5):
        token = cookie_of(refresh(token))
        let_grace_pass()
        assert token not in seen
        seen.add(token)
    assert sessions().count() == 1


def test_each_rotation_lets_the_session_live_fourteen_days_more(first) -> None:
    let_time_pass(timedelta(days=13))
    second = cookie_of(refresh(first))
    let_time_pass(timedelta(days=13))
    assert refresh(second).status_code == 200


def test_after_fourteen_days_without_a_visit_the_session_is_over(first) -> None:
    let_time_pass(timedelta(days=14, seconds=1))
    assert refresh(first).status_code == 401


def test_the_same_token_sent_twice_gets_the_same_successor(first) -> None:
    assert cookie_of(refresh(first)) == cookie_of(refresh(first))


def test_a_lost_answer_signs_nobody_out_even_days_later(first) -> None:
    second = cookie_of(refresh(first))  # This answer never arrives.
    let_time_pass(timedelta(days=3))
    assert cookie_of(refresh(first)) == second


def test_a_late_tab_is_tolerated_although_the_successor_was_used_already(first) -> None:
    """Three tabs start at once: the second one's request is still under way when the third uses the first's answer."""
    second = cookie_of(refresh(first))
    assert cookie_of(refresh(second)) == second, "no second rotation within the grace"
    assert cookie_of(refresh(first)) == second


def test_the_previous_token_is_worthless_once_its_successor_was_used_and_the_grace_is_over(first) -> None:
    second = cookie_of(refresh(first))
    refresh(second)
    let_grace_pass()
    assert refresh(first).status_code == 401
    assert refresh(second).status_code == 401, "one of the two who hold tokens is a thief"
    assert sessions().get().ended_reason == "replay"


def test_the_replay_of_an_older_token_ends_the_family_and_no_other(first) -> None:
    elsewhere = cookie_of(sign_in(APIClient()))
    second = cookie_of(refresh(first))
    let_grace_pass()
    third = cookie_of(refresh(second))
    answer = refresh(first)
    assert answer.status_code == 401
    assert answer.cookies[COOKIE]["max-age"] == 0
    assert (refresh(third).status_code, refresh(second).status_code) == (401, 401)
    assert refresh(elsewhere).status_code == 200


@pytest.mark.parametrize(
    "token", [None, "", "junk", ".", "1.junk", "00000000-0000-0000-0000-000000000000.junk", "ñ.ü", "x" * 5_000]
)
def test_without_a_token_of_ours_the_answer_is_401_and_the_cookie_is_cleared(first, token: str | None) -> None:
    answer = refresh(token)
    assert (answer.status_code, bool(answer.json()["detail"])) == (401, True)
    assert (answer.cookies[COOKIE].value, answer.cookies[COOKIE]["max-age"]) == ("", 0)
    assert refresh(first).status_code == 200, "and nobody else is signed out by it"


def test_the_body_and_a_stale_bearer_do_not_matter(first) -> None:
    client = APIClient(HTTP_AUTHORIZATION="Bearer null")
    client.cookies[COOKIE] = first
    assert client.post("/api/token/refresh/", {"refresh": None}).status_code == 200
    assert client.post("/api/token/refresh/", "{", content_type="application/json").status_code == 200


def test_a_disabled_account_gets_no_new_token_and_its_session_ends(first, owner) -> None:
    User.objects.filter(pk=owner.user.pk).update(is_active=False)
    answer = refresh(first)
    assert (answer.status_code, answer.cookies[COOKIE]["max-age"]) == (401, 0)
    User.objects.filter(pk=owner.user.pk).update(is_active=True)
    assert refresh(first).status_code == 401, "and it stays ended"


@pytest.mark.parametrize(("locked", "reason"), [(False, "closed"), (True, "deactivated")])
def test_a_session_of_a_closed_account_ends_as_closed_unless_staff_disabled_it(first, owner, locked, reason) -> None:
    """A sign-in that was under way while the account was closed."""
    now = timezone.now()
    changes = {"deletion_due_at": now + timedelta(days=1), "locked_at": now if locked else None}
    User.objects.filter(pk=owner.user.pk).update(is_active=False, **changes)
    assert refresh(first).status_code == 401
    assert sessions().get().ended_reason == reason


def test_a_deleted_account_gets_no_new_token(first, owner) -> None:
    owner.user.delete()
    assert refresh(first).status_code == 401


def test_a_change_of_password_ends_every_session(first, owner) -> None:
    owner.user.set_password("another long Passw0rd")
    owner.user.save()
    assert refresh(first).status_code == 401
    assert sessions().get().ended_reason == "password_changed"


def test_saving_other_things_about_the_account_ends_no_session(first, owner) -> None:
    owner.user.refresh_from_db()
    owner.user.first_name = "Olivia"
    owner.user.save()
    update_last_login(None, owner.user)
    assert refresh(first).status_code == 200


def test_a_stronger_hash_of_the_same_password_ends_no_session(first, owner, settings) -> None:
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        "django.contrib.auth.hashers.MD5PasswordHasher",
    ]
    assert sign_in(APIClient()).status_code == 200
    assert User.objects.get(pk=owner.user.pk).password.startswith("pbkdf2_")
    assert refresh(first).status_code == 200


def test_old_sessions_of_a_person_are_dropped_at_the_next_sign_in(first) -> None:
    let_time_pass(timedelta(days=15))
    sign_in(APIClient())
    assert sessions().count() == 1


@pytest.mark.django_db(transaction=True)
def test_eight_parallel_refreshes_get_one_and_the_same_successor() -> None:
    make_actor("owner")
    token = cookie_of(sign_in(APIClient(), password=PASSWORD))
    answers: list[Any] = []
    all_ready = threading.Barrier(8)

    def send() -> None:
        all_ready.wait()
        answers.append(refresh(token))
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [200] * 8
    (successor,) = {cookie_of(answer) for answer in answers}
    let_grace_pass()
    assert refresh(successor).status_code == 200


def test_the_command_line_changes_a_password_and_ends_the_sessions(first, owner, monkeypatch) -> None:
    monkeypatch.setattr(
        "django.contrib.auth.management.commands.changepassword.Command._get_pass", lambda *args: "yet another Passw0rd"
    )
    call_command("changepassword", "owner@example.org", verbosity=0)
    assert refresh(first).status_code == 401
    assert sign_in(APIClient(), password="yet another Passw0rd").status_code == 200
