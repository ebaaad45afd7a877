"""Writes of edited pictures. Files are written before the rows that name them, and removed after."""

from __future__ import annotations

import json
import uuid
from functools import partial
from typing import Any

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from animal.core.errors import Conflict, NotFound
from animal.images.edited_files import edited_file_name, edited_png
from animal.images.edited_metadata import metadata_summary
from animal.images.edited_models import EditedPetImage
from animal.images.files import contents_write, files_remove

# TiDB takes rows of up to 6 MiB, and every list would read such a row in full.
INLINE_BYTES = 1_000_000
MAX_EDITS_PER_USER = 100


def edited_image_create(*, actor: User, upload: UploadedFile[Any], metadata: dict[str, Any]) -> EditedPetImage:
    """Raises InvalidInput for a file that is no picture, Conflict when the person keeps MAX_EDITS_PER_USER already."""
    if EditedPetImage.objects.filter(owner=actor).count() >= MAX_EDITS_PER_USER:
        raise Conflict(
            _("You keep %(most)s edits already. Please delete one to save another.") % {"most": MAX_EDITS_PER_USER},
            code="too_many_edits",
        )
    return _save(EditedPetImage(owner=actor), upload=upload, metadata=metadata)


def edited_image_update(
    *, edit: EditedPetImage, upload: UploadedFile[Any] | None, metadata: dict[str, Any] | None
) -> EditedPetImage:
    """Replace the picture, the state, or both; what is None stays as it is."""
    return _save(edit, upload=upload, metadata=metadata)


@transaction.atomic
def edited_image_delete(*, edit: EditedPetImage) -> None:
    names = edit.file_names()
    EditedPetImage.objects.filter(pk=edit.pk).delete()
    transaction.on_commit(partial(files_remove, names))


def _save(edit: EditedPetImage, *, upload: UploadedFile[Any] | None, metadata: dict[str, Any] | None) -> EditedPetImage:
    # A name of its own for every version: browsers keep what an address once showed for ever.
    edit.file_key, before = uuid.uuid4(), edit.file_names()
    contents: dict[str, bytes] = {}
    if upload is not None:
        edit.edited_image = edited_file_name(edit.file_key, "png")
        contents[str(edit.edited_image)] = edited_png(upload)
    if metadata is not None:
        text = json.dumps(metadata, separators=(",", ":")).encode()
        in_file = len(text) > INLINE_BYTES
        # Not beside the picture: where an object store serves the files, who was shown the one could guess the other.
        edit.metadata_file = edited_file_name(uuid.uuid4(), "json") if in_file else ""
        edit.metadata, edit.summary = ({} if in_file else metadata), metadata_summary(metadata)
        if in_file:
            contents[str(edit.metadata_file)] = text
    contents_write(contents)
    try:
        _row_save(edit, obsolete=[name for name in before if name not in edit.file_names()])
    except BaseException:
        files_remove(contents)
        raise
    return edit


@transaction.atomic
def _row_save(edit: EditedPetImage, *, obsolete: list[str]) -> None:
    if edit.pk is not None and not EditedPetImage.objects.filter(pk=edit.pk).exists():
        raise NotFound(_("This edit does not exist."))
    edit.save()
    transaction.on_commit(partial(files_remove, obsolete))


def metadata_of(edit: EditedPetImage) -> dict[str, Any]:
    """The editor's whole state, which may be many megabytes."""
    if not edit.metadata_file:
        return dict(edit.metadata)
    with default_storage.open(str(edit.metadata_file)) as file:
        state: dict[str, Any] = json.load(file)
    return state
