"""Forms as the web client sends them, pets to report, and real photos."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from animal.conftest import Actor
from animal.images.services import image_store
from animal.pets.models import Pet
from animal.pets.services import PetFields, pet_register

PHOTOS = Path(settings.BASE_DIR) / "animal" / "demo" / "photos"
REPORT_URL = "/api/auth/pets/report/"
PLACE = (28.6139, 77.209)


def form(**changes: Any) -> dict[str, Any]:
    """Every field that the client's page sends, in the client's own spelling."""
    fields = {
        "animal_name": "Milo",
        "category": "Domestic",
        "type": "Cats",
        "breed": "Tabby",
        "status": "lost",
        "description": "Grey, with a white tip of the tail.",
        "latitude": str(PLACE[0]),
        "longitude": str(PLACE[1]),
        "contact_name": "Ada",
        "contact_phone": "555 0100",
        "contact_email": "ada@example.org",
        "last_seen_date": "2026-01-02",
        "register_pet": "false",
    }
    return {key: value for key, value in {**fields, **changes}.items() if value is not None}


def filed(actor: Actor, **changes: Any) -> dict[str, Any]:
    response = actor.multipart(REPORT_URL, form(**changes))
    assert response.status_code == 201, response.content
    return response.json()


def photo_of(animal: str, which: str = "a") -> SimpleUploadedFile:
    """A real photograph, from those that the demo ships."""
    path = next(p for p in sorted((PHOTOS / animal).iterdir()) if p.stem == which)
    return SimpleUploadedFile(path.name, path.read_bytes(), content_type="image/jpeg")


@pytest.fixture
def pet_of(picture: Callable[..., SimpleUploadedFile]) -> Callable[..., Pet]:
    def make(actor: Actor, upload: SimpleUploadedFile | None = None, **changes: Any) -> Pet:
        fields = {"name": "Milo", "type": "Cats", "category": "Domestic", "breed": "Tabby"} | changes
        image = image_store(upload=upload or picture(), uploader=actor.user, source="pet")
        return pet_register(owner=actor.user, fields=PetFields(**fields), images=[image])

    return make
