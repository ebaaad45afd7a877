"""Notifications: written once, listed newest first, read."""

from __future__ import annotations

import threading
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from animal.alerts import mails
from animal.alerts.models import Notification
from animal.alerts.services import notification_create
from animal.core.models import OutgoingMail


def tell(user: User, key: str = "k", **extra: Any) -> bool:
    return notification_create(
        recipient_id=user.pk, verb="auto_match", description="Milo may be found.", dedupe_key=key, **extra
    )


def test_the_same_thing_is_told_once(owner):
    assert tell(owner.user) is True
    assert tell(owner.user) is False
    assert Notification.objects.count() == 1


def test_different_things_are_both_told(owner):
    assert tell(owner.user, "a")
    assert tell(owner.user, "b")


def test_a_mail_says_what_to_do_next_and_does_not_repeat_its_subject(owner):
    tell(owner.user, mail=partial(mails.may_have_been_found, name="Big\nMilo"), link="/chat/1")
    mail = OutgoingMail.objects.get()
    assert mail.to_email == "owner@example.org"
    assert mail.subject == "Big Milo may have been found"
    assert "/chat/1" in mail.text
    assert "may be found." not in mail.text
    for part in (mail.text, mail.html):
        assert "Milo" not in part
        assert "compare" in part


def test_a_mail_goes_out_once(owner, work_off):
    tell(owner.user, mail=mails.owner_may_be_here)
    tell(owner.user, mail=mails.owner_may_be_here)
    work_off()
    assert OutgoingMail.objects.exclude(sent_at=None).count() == 1


def test_a_closed_account_gets_no_mail(owner):
    User.objects.update(is_active=False)
    assert tell(owner.user, mail=mails.owner_may_be_here)
    assert not OutgoingMail.objects.exists()


def test_a_rolled_back_transaction_tells_nothing(owner):
    with transaction.atomic():
        assert tell(owner.user, mail=mails.owner_may_be_here)
        transaction.set_rollback(True)
    assert not Notification.objects.exists()
    assert not OutgoingMail.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_four_workers_at_once_tell_once(owner):
    answers: list[bool] = []
    start = threading.Barrier(4)

    def work() -> None:
        start.wait()
        answers.append(tell(owner.user, "race", mail=mails.owner_may_be_here))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [False, False, False, True]
    assert Notification.objects.count() == 1
    assert OutgoingMail.objects.count() == 1


def make(user: User, count: int, **extra: Any) -> None:
    Notification.objects.bulk_create(
        Notification(recipient=user, verb="auto_match", description=f"{i}", dedupe_key=f"{user.pk}:{i}", **extra)
        for i in range(count)
    )


def test_the_list_holds_the_latest_fifty_newest_first_and_counts_all_unread(owner):
    make(owner.user, 60)
    newest = Notification.objects.order_by("pk").first()
    Notification.objects.filter(pk=newest.pk).update(created_at=timezone.now() + timedelta(seconds=5))
    body = owner.get("/api/auth/notifications/").json()
    assert body["unread_count"] == 60
    assert len(body["notifications"]) == 50
    assert body["notifications"][0]["id"] == newest.pk
    wanted = {"id", "verb", "description", "target_id", "target_name", "is_read", "created_at"}
    assert wanted <= set(body["notifications"][0])


def test_nobody_sees_the_notifications_of_others(owner, stranger):
    make(owner.user, 3)
    assert stranger.get("/api/auth/notifications/").json() == {"notifications": [], "unread_count": 0}


def test_a_passer_by_is_asked_to_sign_in(anonymous):
    assert anonymous.get("/api/auth/notifications/").status_code == 401


@pytest.mark.parametrize("verb", ["post", "put"])
def test_one_notification_is_marked_read(owner, verb):
    make(owner.user, 2)
    first = Notification.objects.first()
    response = getattr(owner, verb)(f"/api/auth/notifications/{first.pk}/read/")
    assert response.status_code == 200
    assert response.json()["detail"]
    assert owner.get("/api/auth/notifications/").json()["unread_count"] == 1
    assert getattr(owner, verb)(f"/api/auth/notifications/{first.pk}/read/").status_code == 200


@pytest.mark.parametrize("verb", ["post", "put"])
def test_all_notifications_are_marked_read_but_only_ones_own(owner, stranger, verb):
    make(owner.user, 3)
    make(stranger.user, 2)
    assert getattr(owner, verb)("/api/auth/notifications/read-all/").status_code == 200
    assert owner.get("/api/auth/notifications/").json()["unread_count"] == 0
    assert stranger.get("/api/auth/notifications/").json()["unread_count"] == 2


def test_a_stranger_cannot_mark_it_read(owner, stranger):
    make(owner.user, 1)
    first = Notification.objects.get()
    response = stranger.post(f"/api/auth/notifications/{first.pk}/read/")
    assert response.status_code == 404
    assert response.json()["detail"]
    first.refresh_from_db()
    assert not first.is_read


@pytest.mark.parametrize("number", ["999999", "9" * 30])
def test_an_unknown_notification_is_not_found(owner, number):
    assert owner.post(f"/api/auth/notifications/{number}/read/").status_code == 404
