"""Pictures that somebody made in the editor: theirs alone, so they go with the account, files included."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import Any

from django.core.files.storage import default_storage

from accounts.models import User
from accounts.personal_data import BATCH, Picture
from animal.images.edited_models import EditedPetImage
from animal.images.edited_services import edited_image_delete, metadata_of

EDITS_AT_A_TIME = 10


def collect(user: User) -> list[dict[str, Any]]:
    edits = EditedPetImage.objects.filter(owner=user).defer("metadata").order_by("pk")
    return [
        {"id": edit.pk, "created_at": edit.created_at, "picture": _picture_name(edit), "state": _state_name(edit)}
        for edit in edits
    ]


def pictures(user: User, skip: int) -> Sequence[Picture]:
    """Of each edit the picture, then what the editor needs to go on from there."""
    first, odd = divmod(skip, 2)
    edits = EditedPetImage.objects.filter(owner=user).order_by("pk")[first : first + EDITS_AT_A_TIME]
    files = [
        file
        for edit in edits
        for file in (
            Picture(_picture_name(edit), partial(_bytes, str(edit.edited_image))),
            Picture(_state_name(edit), partial(_state, edit)),
        )
    ]
    return files[odd:]


def erase(user: User) -> bool:
    edits = list(EditedPetImage.objects.filter(owner=user).defer("metadata")[:BATCH])
    for edit in edits:
        edited_image_delete(edit=edit)
    return bool(edits)


def _picture_name(edit: EditedPetImage) -> str:
    return f"edited/{edit.pk}.png"


def _state_name(edit: EditedPetImage) -> str:
    return f"edited/{edit.pk}.json"


def _state(edit: EditedPetImage) -> bytes:
    return json.dumps(metadata_of(edit), ensure_ascii=False).encode()


def _bytes(name: str) -> bytes:
    with default_storage.open(name) as file:
        content: bytes = file.read()
    return content
