"""Examples for the API documentation. Zoë misses Milo; Ada has found a cat that looks like him."""

from __future__ import annotations

from rest_framework.exceptions import NotAuthenticated

from accounts.errors import AddressUnproven
from animal.core.errors import Conflict, InvalidInput
from animal.core.examples import FILE, FORM, SITE, answer_example, error_example, request_example
from animal.images.examples import PHOTO_HINTS

_ID = "1b4e28ba-2fa1-41d2-883f-0016d3cca427"
_QUESTION = "I think Milo is on our balcony. Has he a white paw?"
_PICTURE = f"{SITE}/media/photos/16/165a7fea7bc14d29aef02f9500c688b6"

CONVERSATION_EXAMPLE = answer_example(
    "About Milo",
    {
        "id": _ID,
        "pet_location_id": 12,
        "pet_name": "Milo",
        "pet_image_url": f"{_PICTURE}-thumbnail.jpg",
        "last_message_at": "2026-11-21T08:10:02.364726Z",
        "last_message_preview": _QUESTION,
        "unread_count": 1,
        "created_at": "2026-11-21T07:59:50.236745Z",
        "is_test": False,
    },
)
_MESSAGE = {
    "id": "9aa46939-3562-40a5-9534-16b94cd62a66",
    "sender_id": 9,
    "sender_name": "Ada",
    "body": _QUESTION,
    "attachments": [{"id": 5, "url": f"{_PICTURE}-rendition.jpg", "created_at": "2026-11-21T08:10:02.364726Z"}],
    "created_at": "2026-11-21T08:10:02.364726Z",
    "read_at": None,
}
MESSAGE_INPUT_EXAMPLE = request_example(
    "A text and a photo", {"body": _QUESTION, "attachments": [FILE]}, media_type=FORM
)
MESSAGE_EXAMPLE = answer_example("A text and a photo", _MESSAGE)
MESSAGES_EXAMPLE = answer_example(
    "One message", {"messages": [_MESSAGE], "server_time": "2026-11-21T08:10:05.120001+00:00"}
)
CONVERSATION_START_EXAMPLE = request_example("About report 12", {"pet_location_id": 12})
CONTACT_OWNER_EXAMPLE = request_example(
    "From somebody without an account",
    {
        "pet_location_id": 12,
        "message": _QUESTION,
        "contact_name": "Ada",
        "contact_email": "ada@pawgle.example",
        "image": FILE,
    },
    media_type=FORM,
)
CONTACTED_EXAMPLE = answer_example(
    "Sent", {"success": True, "message": "Your message is on its way. Your address was not shown."}
)
SHARE_INFO_EXAMPLE = request_example("Yes", {"conversation_id": _ID, "user_type": "owner", "share_info": True})
SHARED_EXAMPLE = answer_example(
    "Both agreed", {"success": True, "message": "You both agreed. Each of you gets the other's address by mail."}
)
NOT_PROVEN_EXAMPLE = error_example(
    "Your own address is not proven",
    InvalidInput("Please confirm your e-mail address first.", code="not_proven"),
)
UNPROVEN_EXAMPLE = error_example("Your address is not proven", AddressUnproven())
BLOCKED_EXAMPLE = error_example(
    "You block this person",
    Conflict("You have blocked this person. To write to them, unblock them first.", code="blocked"),
)
CURSOR_EXAMPLE = error_example(
    "No date and time", InvalidInput("after: Please send the created_at of a message.", code="cursor")
)
MAIL_EXAMPLE = request_example(
    "An answer",
    {
        "from": "Ada <ada@pawgle.example>",
        "to": "replies@pawgle.example",
        "subject": f"Re: New message about Milo [PawGle-{_ID}]",
        "text": "Yes, that is him!\n\nOn Monday, PawGle wrote:\n> You have a new message",
        "html": "",
        "attachments": [{"filename": "milo.jpg", "content": "/9j/4AAQ", "content_type": "image/jpeg"}],
    },
)
MAIL_TAKEN_EXAMPLE = answer_example("Taken in", {"success": True, "message": "The answer is in its conversation."})
_NO_SECRET = NotAuthenticated("The secret of this service is missing or wrong.")
WRONG_SECRET_EXAMPLE = error_example("Wrong secret", _NO_SECRET, success=False)
MAIL_BLOCKED_EXAMPLE = error_example(
    "Its sender blocks the other side",
    Conflict("You have blocked this person. To write to them, unblock them first.", code="blocked"),
    success=False,
)
TAG_REPORT_INPUT_EXAMPLE = request_example(
    "He sits on our balcony",
    {
        "latitude": 28.6148,
        "longitude": 77.2101,
        "place": "Behind the bakery, 5 Mill Lane",
        "message": _QUESTION,
        "photos": [FILE],
    },
    media_type=FORM,
)
_LINK = "IjFiNGUyOGJhIg:1wM5cT:3Vh0bN1mZ8k3Vh0bN1mZ8k3Vh0bN1mZ8k3Vh0bN1mZ8"
TAG_REPORT_EXAMPLE = answer_example(
    "From somebody without an account",
    {
        "detail": "Thank you! The owner has been told, and where. Nobody's contact details were shown.",
        "report_id": 14,
        "conversation_id": None,
        "follow_up": f"{SITE}/follow-up/{_LINK}",
        "follow_up_token": _LINK,
        "photo_hints": PHOTO_HINTS,
    },
    status=201,
)
FOLLOW_UP_INPUT_EXAMPLE = request_example("An answer", {"body": "I am at home until six."}, media_type=FORM)
FOLLOW_UP_EXAMPLE = answer_example(
    "The owner has answered",
    {
        "pet_name": "Milo",
        "is_resolved": False,
        "messages": [
            {"by_me": True, "body": _QUESTION, "photos": [], "created_at": "2026-11-21T08:10:02.364726Z"},
            {
                "by_me": False,
                "body": "That is him! May I come now?",
                "photos": [],
                "created_at": "2026-11-21T08:12:40.100201Z",
            },
        ],
    },
)
