"""Being told that a message waits: once per streak of unread messages, without a word of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from accounts.models import OneTimeToken, User
from animal.alerts.models import Notification
from animal.chat.models import Conversation, Participant
from animal.conftest import Actor
from animal.core.models import BackgroundTask, OutgoingMail

Write = Callable[..., dict[str, Any]]


def test_the_other_side_is_told_once_until_it_has_read(owner: Actor, finder: Actor, write: Write, thread: str) -> None:
    for number in range(3):
        write(finder, f"message {number}")
    assert Notification.objects.filter(recipient=owner.user, verb="message").count() == 1
    assert Notification.objects.filter(recipient=finder.user).count() == 0
    owner.get(thread)
    write(finder, "after reading")
    assert Notification.objects.filter(recipient=owner.user, verb="message").count() == 2


def mails_to(actor: Actor) -> int:
    return OutgoingMail.objects.filter(to_email=actor.user.email).count()


def let_a_quarter_of_an_hour_pass() -> None:
    """For the mails: the last one, and the worker's look at what is still unread, are that much longer ago."""
    long_ago = timezone.now() - timedelta(minutes=16)
    Participant.objects.exclude(mailed_at=None).update(mailed_at=long_ago)
    BackgroundTask.objects.update(run_at=long_ago)
    OrmQ.objects.update(lock=long_ago)


def test_a_burst_is_one_mail_though_each_message_is_read_as_it_comes(
    owner: Actor, finder: Actor, write: Write, thread: str, work_off: Callable[[], int]
) -> None:
    """Two people who talk read at once, so that every message begins a new streak of unread ones."""
    for number in range(5):
        write(finder, f"message {number}")
        owner.get(thread)
    work_off()
    let_a_quarter_of_an_hour_pass()
    work_off()
    assert mails_to(owner) == 1


def test_what_came_soon_after_a_mail_and_stays_unread_is_mailed_a_quarter_of_an_hour_later(
    owner: Actor, finder: Actor, write: Write, thread: str, work_off: Callable[[], int]
) -> None:
    write(finder, "first")
    owner.get(thread)
    for number in range(3):
        write(finder, f"unread {number}")
    work_off()
    assert mails_to(owner) == 1
    let_a_quarter_of_an_hour_pass()
    work_off()
    work_off()
    assert mails_to(owner) == 2
    owner.get(thread)
    let_a_quarter_of_an_hour_pass()
    write(finder, "much later")
    assert mails_to(owner) == 3


def test_a_last_mail_that_a_clock_ahead_noted_holds_up_neither_the_next_one_nor_the_worker(
    owner: Actor, finder: Actor, write: Write, thread: str, work_off: Callable[[], int]
) -> None:
    write(finder, "first")
    owner.get(thread)
    Participant.objects.filter(user=owner.user).update(mailed_at=timezone.now() + timedelta(hours=2))
    write(finder, "unread")
    work_off()
    assert mails_to(owner) == 2
    assert Participant.objects.get(user=owner.user).mailed_at <= timezone.now()


def test_a_look_that_comes_too_early_is_put_off_and_not_repeated_until_then(
    owner: Actor, finder: Actor, write: Write, thread: str, work_off: Callable[[], int]
) -> None:
    write(finder, "first")
    owner.get(thread)
    write(finder, "unread")
    BackgroundTask.objects.update(run_at=timezone.now())
    OrmQ.objects.update(lock=timezone.now())
    work_off()
    look = BackgroundTask.objects.get(name="animal.chat.tasks.mail_unread")
    assert look.run_at - timezone.now() > timedelta(minutes=14)
    waiting = OrmQ.objects.filter(lock__gt=timezone.now()).values_list("lock", flat=True)
    assert list(waiting) == [look.run_at] * 2, "as many wake-ups as for any task that is asked for while it runs"
    let_a_quarter_of_an_hour_pass()
    work_off()
    assert mails_to(owner) == 2


@pytest.mark.parametrize("proven", [True, False])
def test_a_closed_account_is_not_written_to(owner: Actor, finder: Actor, write: Write, proven: bool) -> None:
    """Neither a notice nor, as to a guest, a link that signs in."""
    changes = {} if proven else {"email_verified_at": None}
    User.objects.filter(pk=owner.user.pk).update(is_active=False, **changes)
    write(finder, "Hello")
    assert OutgoingMail.objects.count() == 0
    assert not OneTimeToken.objects.exists()


def test_who_refuses_mails_about_messages_gets_none_and_is_told_in_the_app(
    owner: Actor, finder: Actor, write: Write, work_off: Callable[[], int]
) -> None:
    owner.client.patch("/api/v1/notifications/choices/", {"message": {"mail": False}}, format="json")
    write(finder, "Hello")
    work_off()
    assert mails_to(owner) == 0
    assert owner.get("/api/auth/notifications/").json()["unread_count"] == 1


def test_mail_and_notification_hold_a_link_and_neither_text_nor_address_nor_name_of_the_sender(
    owner: Actor, finder: Actor, write: Write, conversation: Conversation
) -> None:
    write(finder, "My secret phone number is 555 0100")
    mail = OutgoingMail.objects.get()
    notification = Notification.objects.get()
    assert mail.to_email == owner.user.email
    assert f"/chat/{conversation.pk}" in mail.text
    assert notification.link == f"/chat/{conversation.pk}"
    for text in (mail.subject, mail.text, mail.html, notification.description):
        for private in ("555", "secret", finder.user.email, finder.user.username):
            assert private not in text


def test_each_side_has_its_own_streak(owner: Actor, finder: Actor, write: Write) -> None:
    write(finder, "Hello")
    write(owner, "Hello")
    write(finder, "Again")
    assert Notification.objects.filter(recipient=owner.user).count() == 1
    assert Notification.objects.filter(recipient=finder.user).count() == 1


@pytest.mark.parametrize("replies", ["replies@pawgle.example", ""])
def test_the_mail_offers_an_answer_by_mail_only_where_it_arrives_and_shows_no_tag_to_people(
    settings: Any, finder: Actor, write: Any, conversation: Conversation, replies: str
) -> None:
    settings.REPLIES_EMAIL = replies
    write(finder, "I think I found Milo.")
    mail = OutgoingMail.objects.get()
    assert ("simply answer this mail" in mail.text, "[PawGle-" in mail.subject) == (bool(replies), bool(replies))
    assert f"/chat/{conversation.pk}" in mail.text
    for not_for_people in ("[PawGle-", "Milo", mail.subject):
        assert not_for_people not in mail.text
