"""A conversation as the wire contract shows it. Plain functions: web clients ask for the whole list all the time."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from animal.chat.models import Conversation
from animal.chat.selectors import report_picture, report_subject
from animal.images.selectors import image_url


def conversation_card(conversation: Conversation, *, request: HttpRequest) -> dict[str, Any]:
    """`conversation` comes from `conversation_summaries`."""
    image = report_picture(conversation.report)
    seat: dict[str, Any] = vars(conversation)  # What `conversation_summaries` annotates.
    shows_withheld = seat["withheld_at"] is not None and seat["shown_last_at"] == seat["withheld_at"]
    preview = seat["withheld_preview"] if shows_withheld else conversation.last_message_preview
    return {
        "id": conversation.pk,
        "pet_location_id": conversation.report_id,
        "pet_name": report_subject(conversation.report),
        "pet_image_url": image_url(image, size="thumbnail", request=request) if image else None,
        "last_message_at": seat["shown_last_at"],
        "last_message_preview": preview or None,
        "unread_count": seat["unread_count"],
        "created_at": conversation.created_at,
        "is_test": conversation.is_test,
    }
