"""Showing each other one's mail address: only when both sides of a conversation, signed in, have said so."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services.letters import letter_send
from animal.chat import mails
from animal.chat.models import Conversation, Participant
from animal.chat.selectors import report_subject
from animal.core.blocks import blocks_of
from animal.core.errors import InvalidInput
from animal.core.urls import site_url

SIDES = 2


@transaction.atomic
def address_sharing_set(*, actor: User, conversation: Conversation, agrees: bool) -> bool:
    """Record or take back the actor's consent, never anybody else's. True if both sides have agreed now.

    The addresses then go out by mail, once. Raises InvalidInput while the actor's own address is not proven: an
    invented one would make the other side write to a third person.
    """
    if agrees and actor.email_verified_at is None:
        raise InvalidInput("Please confirm your e-mail address first.", code="not_proven")
    # The lock makes two consents at the same moment count one after the other.
    Conversation.objects.select_for_update().get(pk=conversation.pk)
    seats = list(conversation.participants.select_related("user").order_by("pk"))
    for seat in seats:
        if seat.user_id == actor.pk:
            seat.shares_address_at = timezone.now() if agrees else None
            seat.save(update_fields=["shares_address_at"])
    others = [seat.user_id for seat in seats if seat.user_id != actor.pk]
    both = len(seats) == SIDES and all(seat.shares_address_at is not None for seat in seats)
    if not both or blocks_of(actor.pk).either.intersection(others):
        return False
    for own, other in (seats, reversed(seats)):
        _mail_address(own, other, conversation)
    return True


def _mail_address(reader: Participant, shown: Participant, conversation: Conversation) -> None:
    letter_send(
        to=reader.user,
        key=f"address:{conversation.pk}:{reader.user_id}",
        write=lambda: mails.addresses_shared(
            about=report_subject(conversation.report),
            address=shown.user.email,
            link=site_url(f"/chat/{conversation.pk}"),
        ),
    )
