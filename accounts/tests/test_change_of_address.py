"""Changing the e-mail address: the new one is proven, the old one is told."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import OneTimeToken, User
from accounts.services import one_time_token_create
from accounts.tests.steps import PASSWORD, cookie_of, link_in_mail, refresh, sign_in
from accounts.tests.test_google import id_token

pytestmark = pytest.mark.django_db
Purpose = OneTimeToken.Purpose


def move(actor: Any, email: str = "new@example.org", **fields: Any) -> Any:
    return actor.post("/api/v1/me/email/", {"email": email, "password": PASSWORD, **fields})


def consume(token: str) -> Any:
    return APIClient().post("/api/auth/magic/consume/", {"token": token})


def test_the_address_changes_when_the_new_one_is_proven_and_not_before(owner, work_off) -> None:
    assert move(owner).status_code == 200
    work_off()
    assert mail.outbox[0].to == ["new@example.org"]
    assert User.objects.get().email == "owner@example.org"
    answer = consume(link_in_mail()["token"])
    assert (answer.status_code, answer.json()["user"]["email"]) == (200, "new@example.org")
    assert (sign_in(APIClient()).status_code, sign_in(APIClient(), "new@example.org").status_code) == (401, 200)


def test_the_old_address_is_told(owner, work_off) -> None:
    move(owner)
    work_off()
    consume(link_in_mail()["token"])
    work_off()
    assert mail.outbox[-1].to == ["owner@example.org"]
    assert "new@example.org" not in mail.outbox[-1].body
    assert "write to us" not in mail.outbox[-1].body, "it names no address to write to, and nobody reads this one"


def test_whoever_came_in_by_the_old_address_is_out(owner, google, work_off) -> None:
    """Other devices, and the Google account that has the old address."""
    by_google = {"credential": id_token(email="owner@example.org", email_verified=True, hd="example.org")}
    elsewhere = APIClient().post("/api/auth/google/", by_google)
    assert elsewhere.status_code == 200
    move(owner)
    work_off()
    answer = consume(link_in_mail()["token"])
    assert refresh(cookie_of(elsewhere)).status_code == 401
    assert owner.get("/api/auth/profile/").status_code == 401
    assert refresh(cookie_of(answer)).status_code == 200, "the device on which the link was opened stays signed in"
    assert set(owner.user.sessions.exclude(ended_at=None).values_list("ended_reason", flat=True)) == {"address_changed"}
    again = APIClient().post("/api/auth/google/", by_google).json()
    assert again["user"]["id"] != owner.user.pk


@pytest.mark.parametrize(
    ("purpose", "says"),
    [
        (Purpose.SIGN_IN, "signs you in once"),
        (Purpose.VERIFY_EMAIL, "confirms that the address is yours"),
        (Purpose.CHANGE_EMAIL, "no longer with the old one"),
        (Purpose.RESET_PASSWORD, "out on every other device"),
    ],
)
def test_the_page_of_a_link_says_what_its_button_does(owner, purpose: Purpose, says: str) -> None:
    token = one_time_token_create(user=owner.user, purpose=purpose, new_email="new@example.org")
    page = Client().get("/auth/magic", {"token": token}).content.decode()
    others = {"signs you in once", "confirms that the address", "no longer with the old one", "Choose it here"}
    assert says in page
    assert sum(other in page for other in others) == 1


def test_links_that_were_mailed_to_the_old_address_stop_working(owner, work_off) -> None:
    old = one_time_token_create(user=owner.user, purpose=Purpose.SIGN_IN)
    move(owner)
    work_off()
    consume(link_in_mail()["token"])
    assert consume(old).status_code == 400


def test_a5_whoever_signed_up_with_somebody_elses_address_cannot_move_the_account_after_its_proof(
    unverified, work_off
) -> None:
    assert move(unverified, "intruder@example.org").status_code == 200
    work_off()
    way_out = link_in_mail()["token"]
    assert consume(one_time_token_create(user=unverified.user, purpose=Purpose.SIGN_IN)).status_code == 200
    assert consume(way_out).status_code == 400
    assert User.objects.get().email == unverified.user.email


def test_a_stolen_access_token_alone_moves_no_account(owner, work_off) -> None:
    for password in ("", "not the Passw0rd"):
        assert move(owner, password=password).status_code == 400
    work_off()
    assert mail.outbox == []


def test_a21_the_answer_does_not_tell_whose_address_it_is(owner, stranger, work_off) -> None:
    taken, free = move(owner, "STRANGER@example.org"), move(owner, "free@example.org")
    assert (taken.status_code, taken.content) == (free.status_code, free.content)


def test_an_address_that_has_an_account_is_not_taken_over(owner, stranger) -> None:
    token = one_time_token_create(user=owner.user, purpose=Purpose.CHANGE_EMAIL, new_email="Stranger@example.org")
    answer = consume(token)
    assert (answer.status_code, answer.json()["code"]) == (400, "address_taken")
    assert User.objects.get(pk=owner.user.pk).email == "owner@example.org"


def test_a_second_wish_replaces_the_first(owner, work_off) -> None:
    move(owner, "first@example.org")
    work_off()
    first = link_in_mail()["token"]
    move(owner, "second@example.org")
    assert consume(first).status_code == 400


def test_a_stranger_moves_nobody(anonymous) -> None:
    assert move(anonymous).status_code == 401
