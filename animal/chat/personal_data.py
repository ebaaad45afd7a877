"""Chats, as one of the two has them; and what stays of them for the other one."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from accounts.personal_data import BATCH
from animal.alerts.services import notifications_erase
from animal.chat.models import Conversation, Message, MessageAttachment, Participant
from animal.chat.selectors import conversations_of, messages_visible

DELETED = "This message was deleted together with its writer's account."


def collect(user: User) -> list[dict[str, Any]]:
    """Those that the API shows: none to an address that is not proven, which may be that of somebody else."""
    return [_conversation(user, conversation) for conversation in conversations_of(user).order_by("created_at", "pk")]


def _conversation(user: User, conversation: Conversation) -> dict[str, Any]:
    seat = conversation.participants.filter(user=user).first()
    messages = messages_visible(user, conversation).prefetch_related("attachments", "receipts").order_by("created_at")
    return {
        "id": conversation.pk,
        "about_report": conversation.report_id,
        "i_share_my_address_since": seat.shares_address_at if seat is not None else None,
        "created_at": conversation.created_at,
        "messages": [
            {
                "by_me": message.sender_id == user.pk,
                "written_at": message.created_at,
                "text": message.body,
                "read_by_me_at": next((r.read_at for r in message.receipts.all() if r.user_id == user.pk), None),
                "pictures": [attachment.image_id for attachment in message.attachments.all()],
            }
            for message in messages
        ],
    }


def erase(user: User) -> bool:
    """The other side keeps the conversation, but nothing that this person wrote, sent or was called."""
    return _erase_words(user) or _erase_notices(user)


def _erase_notices(user: User) -> bool:
    """What the other side was told of the conversation names this person's animal. Then the person leaves it."""
    seat = Participant.objects.filter(user=user).first()
    if seat is None:
        return False
    if not notifications_erase(about=Q(link=f"/chat/{seat.conversation_id}")):
        seat.delete()
    return True


def _erase_words(user: User) -> bool:
    messages = list(Message.objects.filter(sender=user).values_list("pk", "conversation_id")[:BATCH])
    # Whoever signed up with somebody else's address has no say in what that person wrote as a guest.
    guests = Conversation.objects.filter(guest_email__iexact=user.email)
    guest = list(guests[:BATCH]) if user.email_verified_at is not None else []
    with transaction.atomic():
        ids = [message_id for message_id, _ in messages]
        MessageAttachment.objects.filter(message__in=ids).delete()
        Message.objects.filter(pk__in=ids).update(body=DELETED, sender=None, sender_name="")
        touched = {conversation_id for _, conversation_id in messages}
        Conversation.objects.filter(pk__in=touched).update(last_message_preview="")
        for conversation in guest:
            # The key holds a digest of the address, by which one could ask whether this person was here.
            conversation.pair_key = f"erased:{uuid.uuid4()}"
            conversation.guest_name = conversation.guest_email = ""
            conversation.last_message_preview = ""
            conversation.save(update_fields=["pair_key", "guest_name", "guest_email", "last_message_preview"])
    return bool(messages or guest)
