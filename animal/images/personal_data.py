"""Pictures, as their uploader has them: the stored master, and what the camera wrote."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.core.files.storage import default_storage
from django.db.models import ProtectedError

from accounts.models import User
from accounts.personal_data import BATCH, Picture
from animal.images.hints import hints_said
from animal.images.models import Image
from animal.images.services import image_discard

PICTURES_AT_A_TIME = 20


def collect(user: User) -> list[dict[str, Any]]:
    images = Image.objects.filter(uploader=user).order_by("created_at", "pk")
    return [
        {
            "id": image.pk,
            "file": _name(image),
            "came_in_as": image.source,
            "uploaded_at": image.created_at,
            "width": image.width,
            "height": image.height,
            "camera": f"{image.camera_make} {image.camera_model}".strip(),
            "taken_at": image.private_taken_at,
            "taken_at_latitude": image.private_latitude,
            "taken_at_longitude": image.private_longitude,
            "what_we_said_of_it": [said["message"] for said in hints_said(image.hints)],
        }
        for image in images
    ]


def pictures(user: User, skip: int) -> Sequence[Picture]:
    images = Image.objects.filter(uploader=user).order_by("created_at", "pk")[skip : skip + PICTURES_AT_A_TIME]
    return [Picture(_name(image), partial(_bytes, str(image.master))) for image in images]


def erase(user: User) -> bool:
    """Rows and files. One that somebody else's row still shows loses its uploader; `pets_purge` removes it when no row
    shows it any more."""
    images = list(Image.objects.filter(uploader=user)[:BATCH])
    for image in images:
        try:
            image_discard(image=image)
        except ProtectedError:
            Image.objects.filter(pk=image.pk).update(
                uploader=None, private_taken_at=None, private_latitude=None, private_longitude=None
            )
    return bool(images)


def _name(image: Image) -> str:
    return f"pictures/{image.pk}.jpg"


def _bytes(name: str) -> bytes:
    with default_storage.open(name) as file:
        content: bytes = file.read()
    return content
