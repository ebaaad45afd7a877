"""A conversation as the wire contract shows it. Plain functions: web clients ask for the whole list all the time."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from animal.chat.summaries import ConversationSummary
from animal.images.selectors import image_url


def conversation_card(conversation: ConversationSummary, *, request: HttpRequest) -> dict[str, Any]:
    picture = conversation.picture
    return {
        "id": conversation.id,
        "pet_location_id": conversation.report_id,
        "pet_name": conversation.subject,
        "pet_image_url": image_url(picture, size="thumbnail", request=request) if picture else None,
        "last_message_at": conversation.last_message_at,
        "last_message_preview": conversation.last_message_preview or None,
        "unread_count": conversation.unread_count,
        "created_at": conversation.created_at,
        "is_test": conversation.is_test,
    }
