"""People without an account who wrote through the contact form.

Their name and address stay with us. When somebody answers, the address gets an account without a password and a mail
with a sign-in link: whoever reads that mailbox, and nobody else, can read the answer and go on talking. The messages
written as a guest are never put under that account's name, since nobody has proved that they came from there.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import timedelta
from urllib.parse import quote

from django.core.cache import cache
from django.db import transaction
from django.utils.translation import get_language, gettext, gettext_noop
from rest_framework.exceptions import Throttled

from accounts.models import OneTimeToken, User
from accounts.services import one_time_token_create
from accounts.services.letters import letter_send
from animal.alerts.mails import letter_addressed
from animal.alerts.models import Channel, Kind
from animal.alerts.selectors import channels_refused
from animal.chat import mails
from animal.chat.models import Conversation, Participant
from animal.core.languages import known_language
from animal.core.text import mailbox_key, normalised_key
from animal.core.urls import site_url
from animal.reports.models import Report

# The two sides are strangers to each other: what a guest calls himself is not shown.
GUEST_SENDER_NAME = gettext_noop("Guest")
_NOBODY_CHOSE = re.compile(rf"{GUEST_SENDER_NAME}(?P<number> [0-9a-f]{{8}})?")
# A family behind one address is let through, a flood of made-up people is not.
GUESTS_PER_CLIENT = 3
GUESTS_COUNTED = timedelta(days=1)
# Longer than other sign-in links: the person is not waiting for this mail.
GUEST_LINK_LIFETIME = timedelta(days=3)


def sender_said(name: str) -> str:
    """What a message was written under, as its reader is told: the name that we gave a guest, or an account made for
    one, in the language that is active."""
    found = _NOBODY_CHOSE.fullmatch(name)
    return gettext(GUEST_SENDER_NAME) + (found["number"] or "") if found else name


def guest_check(*, report_id: int, email: str, client: str) -> None:
    """Let one client write about one report as at most GUESTS_PER_CLIENT people a day, however they spell an address.

    Raises Throttled. Two requests at the same moment may both be let through.
    """
    key = f"guests:{report_id}:{client}"
    mailbox = hashlib.sha256(mailbox_key(email).encode()).hexdigest()[:32]
    known: list[str] = cache.get(key, [])
    if mailbox in known:
        return
    if len(known) >= GUESTS_PER_CLIENT:
        raise Throttled(wait=GUESTS_COUNTED.total_seconds())
    cache.set(key, [*known, mailbox], GUESTS_COUNTED.total_seconds())


@transaction.atomic
def guest_conversation_open(*, report: Report, name: str, email: str) -> Conversation:
    """The conversation of this address with the report's reporter; made when there is none yet."""
    digest = hashlib.sha256(normalised_key(email).encode()).hexdigest()[:32]
    conversation, created = Conversation.objects.get_or_create(
        pair_key=f"report:{report.pk}:users:{report.reporter_id}:guest:{digest}",
        defaults={
            "report": report,
            "guest_name": name,
            "guest_email": email,
            "guest_language": get_language() or "",
            "is_test": report.is_test,
        },
    )
    if created:
        # Seen by the reporter as soon as a message is delivered, which follows in the same transaction; see blocks.
        Participant.objects.create(conversation=conversation, user_id=report.reporter_id, is_hidden=True)
    return conversation


def guest_admit(conversation: Conversation) -> None:
    """Let the guest of this conversation take part, so that the answer now being written reaches them."""
    user = User.objects.filter(email_key=normalised_key(conversation.guest_email)).first()
    if user is None:
        user = _guest_account(conversation)
    if is_reachable(user):
        Participant.objects.get_or_create(conversation=conversation, user=user)


def _guest_account(conversation: Conversation) -> User:
    """Written to in the language of the page on which they wrote."""
    return User.objects.create_user(
        username=f"{GUEST_SENDER_NAME} {secrets.token_hex(4)}",
        email=conversation.guest_email,
        language=known_language(conversation.guest_language),
    )


def is_guest(user: User) -> bool:
    """Whether nobody has proven this account's address yet: only a link to its mailbox lets a person read the answer.

    That holds for an account made for the guest, and for one that somebody, perhaps somebody else, signed up.
    """
    return user.email_verified_at is None


def is_reachable(user: User) -> bool:
    """Whether an answer may be mailed to this account: unless it is disabled, or its owner has closed it.

    Of an unproven account nobody knows who has closed it: whoever signs up with a guest's address and asks for its
    deletion would silence the guest. The link in the mail restores it, for who reads the mailbox.
    """
    return user.is_active or (is_guest(user) and user.may_sign_in)


def guest_mail(*, user: User, conversation: Conversation, streak: object) -> None:
    """Queue one mail with a sign-in link for this streak of unread messages, unless they refuse such mails."""
    if Channel.MAIL in channels_refused(user.pk, Kind.MESSAGE):
        return
    token = one_time_token_create(user=user, purpose=OneTimeToken.Purpose.SIGN_IN, lifetime=GUEST_LINK_LIFETIME)
    path = f"/chat/{conversation.pk}"
    link = site_url(f"/auth/magic?token={token}&next={quote(path)}")
    letter_send(
        to=user,
        key=f"guest:{conversation.pk}:{user.pk}:{streak}",
        write=lambda: letter_addressed(mails.guest_answered(link=link), recipient_id=user.pk, path=path),
    )
