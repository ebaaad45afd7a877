"""What the existing web client sends, in its own spelling."""

from __future__ import annotations

import json
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from animal.conftest import Actor, picture_bytes

CLIENT_ORIGIN = "http://localhost:3000"
PASSWORD = "a long enough Passw0rd"
ADD, SEARCH, CONTACT = "/api/auth/pets/add/", "/api/auth/pets/search/", "/api/auth/pets/contact-owner/"
REPORT, MAP, MINE = "/api/auth/pets/report/", "/api/auth/pets/locations/", "/api/auth/user/pet-locations/"
CHATS, ALERTS = "/api/auth/chat/conversations/", "/api/auth/alerts/"
AREA = {"label": "Home", "center_lat": 28.61, "center_lon": 77.2, "radius_km": 5, "status_filter": ""}


def photo(color: tuple[int, int, int] = (120, 90, 60)) -> SimpleUploadedFile:
    return SimpleUploadedFile("photo.jpg", picture_bytes(color=color), content_type="image/jpeg")


def pet_form(**changes: Any) -> dict[str, Any]:
    notes = json.dumps({"weight": "4 kg", "height": "", "subNotes": ["shy"]})
    fields = {"name": "Milo", "category": "Domestic", "type": "Cats", "breed": "Tabby", "isPublic": "true"}
    form = {**fields, "additionalInfo": notes, "images": [photo()], **changes}
    return {key: value for key, value in form.items() if value is not None}


def pet_added(actor: Actor, **changes: Any) -> dict[str, Any]:
    answer = actor.multipart(ADD, pet_form(**changes))
    assert answer.status_code == 201, answer.content
    return dict(answer.json()["pet"])


def report_form(**changes: Any) -> dict[str, Any]:
    fields = {
        "animal_name": "N/A",
        "category": "Domestic",
        "type": "Cats",
        "breed": "Tabby",
        "status": "found",
        "description": "Grey.",
        "latitude": "28.6139",
        "longitude": "77.2090",
        "contact_name": "",
        "contact_phone": "",
        "contact_email": "",
        "last_seen_date": "",
        "register_pet": "false",
        **changes,
    }
    return {key: value for key, value in fields.items() if value is not None}


def report_filed(actor: Actor, **changes: Any) -> dict[str, Any]:
    answer = actor.multipart(REPORT, report_form(**changes))
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def contact_form(report_id: int, **changes: Any) -> dict[str, Any]:
    fields = {
        "pet_location_id": str(report_id),
        "message": "I saw your cat.",
        "contact_name": "Greta",
        "contact_email": "greta@example.net",
        "contact_phone": "555 0100",
    }
    return fields | changes


def conversation_with(actor: Actor, report: dict[str, Any]) -> str:
    """The path of the messages of a new conversation about somebody's report."""
    answer = actor.post(f"{CHATS}start/", {"pet_location_id": report["id"]})
    assert answer.status_code == 200, answer.content
    return f"{CHATS}{answer.json()['id']}/messages/"
