"""The one way in for pictures, whichever door they come through, and their way out."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import DatabaseError, transaction

from accounts.models import User
from animal.core.connections import DATABASE_AWAY
from animal.core.errors import InvalidInput
from animal.core.lost_commits import clearing_up, look_due, outcome
from animal.images.decode import picture_read
from animal.images.files import derivatives, files_remove, files_write
from animal.images.hints import Hints, pixel_hints
from animal.images.models import Image
from animal.images.quality import quality_of


def image_store(*, upload: UploadedFile[Any], uploader: User | None, source: str) -> Image:
    """Decode, bound, strip, re-encode and keep one upload.

    Takes a few hundred milliseconds: call it before a transaction, not inside, and within `images_stored` when what
    follows may still fail. Raises InvalidInput (see `picture_read`) or ServiceUnavailable, and then leaves nothing.
    """
    picture = picture_read(upload)
    capture = picture.capture
    image_id = uuid.uuid4()
    names = files_write(image_id, derivatives(picture.image))
    try:
        return Image.objects.create(
            id=image_id,
            uploader=uploader,
            source=source,
            sha256=picture.sha256,
            original_format=picture.container,
            original_bytes=picture.byte_count,
            width=picture.image.width,
            height=picture.image.height,
            camera_make=capture.make,
            camera_model=capture.model,
            private_taken_at=capture.taken_at,
            private_latitude=capture.latitude,
            private_longitude=capture.longitude,
            hints=list(pixel_hints(quality_of(picture.image))),
            **names,
        )
    except BaseException:
        files_remove(names.values())
        raise


@contextmanager
def images_stored(*, uploads: Iterable[UploadedFile[Any]], uploader: User | None, source: str) -> Iterator[list[Image]]:
    """Store uploads for the duration of a block, and for good if the block succeeds.

        with images_stored(uploads=files, uploader=user, source="pet") as images, transaction.atomic():
            ...

    When a later upload is refused or the transaction rolls back, no row and no file of any of them stays. When the
    database cut the connection, what was committed all the same keeps its pictures; where nobody can tell, all stay.
    """
    images: list[Image] = []
    try:
        for upload in uploads:
            images.append(_stored(upload, uploader, source))
        yield images
    except DATABASE_AWAY:
        if images and outcome(lambda: any(map(_is_shown, images)) or None, until=look_due()) == (None, True):
            with suppress(DatabaseError, *DATABASE_AWAY), clearing_up():
                for image in images:
                    image_discard(image=image)
        raise
    except BaseException:
        for image in images:
            # In a transaction that is already broken the row goes with the roll-back, and cannot be deleted.
            with suppress(DatabaseError, *DATABASE_AWAY), transaction.atomic():
                Image.objects.filter(pk=image.pk).delete()
            files_remove(_file_names(image))
        raise


def _stored(upload: UploadedFile[Any], uploader: User | None, source: str) -> Image:
    try:
        return image_store(upload=upload, uploader=uploader, source=source)
    except InvalidInput as error:
        error.file_name = upload.name or ""
        raise


def _is_shown(image: Image) -> bool:
    """Whether anything refers to it, of whichever app."""
    return any(
        relation.related_model._default_manager.filter(**{relation.field.name: image.pk}).exists()
        for relation in Image._meta.related_objects
    )


def image_hints_set(*, image: Image, hints: Hints) -> None:
    """What the networks say of a picture, in place of what its pixels said."""
    image.hints, image.looked_for_animals = list(hints), True
    Image.objects.filter(pk=image.pk).update(hints=image.hints, looked_for_animals=True)


def image_discard(*, image: Image) -> None:
    """Delete a picture's row, and its files once that is committed. ProtectedError while a pet shows it."""
    with transaction.atomic():
        Image.objects.filter(pk=image.pk).delete()
        transaction.on_commit(partial(files_remove, _file_names(image)))


def _file_names(image: Image) -> list[str]:
    return [str(image.master), str(image.rendition), str(image.thumbnail)]
