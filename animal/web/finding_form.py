"""The form on the page of a tag: what it offers, and how its fields become the API's."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext

from animal.chat.tag_serializers import MAX_PLACE
from animal.core.sentences import sentence
from animal.web.places import place_typed

# What whoever scans a tag can say by one touch; a message of their own may be left out then. It is kept in English, so
# that each side reads it in its own language.
STATES = {
    "with_me": sentence("%(name)s is with me.", in_messages="opening"),
    "seen": sentence("I saw %(name)s here, but %(name)s is not with me.", in_messages="opening"),
    "cared_for": sentence("%(name)s is at a vet, in a shelter or with the police.", in_messages="opening"),
}


def states_of(name: str) -> list[tuple[str, str]]:
    return [(key, (gettext(words) % {"name": name}).rstrip(".।")) for key, words in STATES.items()]


def finding_data(request: HttpRequest, *, pet_name: str) -> dict[str, Any]:
    """The page's form in the shape of the API's: what was touched, said and told of the place is one message."""
    post = request.POST
    latitude, longitude = place_typed(post.get("latitude", ""), post.get("longitude", ""))
    point = {"latitude": latitude, "longitude": longitude} if latitude.strip() or longitude.strip() else {}
    return {
        **point,
        "place": post.get("place", "").strip()[:MAX_PLACE],
        "message": _message(post, pet_name),
        "contact_email": post.get("contact_email", ""),
        "photos": request.FILES.getlist("photos"),
    }


def _message(post: Any, pet_name: str) -> str:
    state = STATES.get(post.get("state", ""), "")
    said = [state % {"name": pet_name} if state else "", post.get("message", "")]
    if not any(part.strip() for part in said):
        return ""  # A place alone says nothing of the animal; the form asks for a word.
    return "\n\n".join(part for part in said if part.strip())
