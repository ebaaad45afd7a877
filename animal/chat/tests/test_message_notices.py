"""Being told that a message waits: once per streak of unread messages, without a word of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from animal.alerts.models import Notification
from animal.chat.models import Conversation
from animal.conftest import Actor
from animal.core.models import OutgoingMail

Write = Callable[..., dict[str, Any]]


def test_the_other_side_is_told_once_until_it_has_read(owner: Actor, finder: Actor, write: Write, thread: str) -> None:
    for number in range(3):
        write(finder, f"message {number}")
    assert Notification.objects.filter(recipient=owner.user, verb="message").count() == 1
    assert Notification.objects.filter(recipient=finder.user).count() == 0
    owner.get(thread)
    write(finder, "after reading")
    assert Notification.objects.filter(recipient=owner.user, verb="message").count() == 2
    assert OutgoingMail.objects.count() == 2


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
