"""Changing the e-mail address: the new one is proven, the old one is told."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from rest_framework.test import APIClient

from accounts.models import OneTimeToken, User
from accounts.services import one_time_token_create
from accounts.tests.steps import PASSWORD, link_in_mail, sign_in

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
