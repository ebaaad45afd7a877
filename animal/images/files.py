"""The stored files of a picture: their names, their bytes, writing and removing them."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _
from PIL import Image as Pillow

from animal.core.errors import ServiceUnavailable
from animal.images.decode import fitted

logger = logging.getLogger(__name__)

RENDITION_PX = 1600
THUMBNAIL_PX = 320
QUALITY = {"master": 88, "rendition": 85, "thumbnail": 80}

# 122 random bits: who has not been shown the address of a picture does not find it.
NAME = re.compile(r"photos/[0-9a-f]{2}/([0-9a-f]{32})-(?:master|rendition|thumbnail)\.jpg")


# A picture never changes under its name, but staff may hide it and people delete it: no proxy keeps a copy, and a
# browser asks again after five minutes.
CACHE_CONTROL = "private, max-age=300"


class StoreSilent(OSError):
    """The object store cannot be reached or does not answer in time."""


@dataclass(frozen=True, slots=True)
class StoredPicture:
    """The columns of an `Image` that the address of its thumbnail is made of, for lists that read no whole rows."""

    pk: uuid.UUID
    master: str
    thumbnail: str


def file_name(image_id: uuid.UUID, size: str) -> str:
    return f"photos/{image_id.hex[:2]}/{image_id.hex}-{size}.jpg"


def derivatives(master: Pillow.Image) -> dict[str, bytes]:
    """The JPEG bytes of every stored size, each derived from the next larger one."""
    rendition = fitted(master, RENDITION_PX)
    pictures = {"master": master, "rendition": rendition, "thumbnail": fitted(rendition, THUMBNAIL_PX)}
    return {size: _jpeg(picture, QUALITY[size]) for size, picture in pictures.items()}


def _jpeg(picture: Pillow.Image, quality: int) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, "JPEG", quality=quality, subsampling="4:2:0")
    return buffer.getvalue()


def files_write(image_id: uuid.UUID, contents: dict[str, bytes]) -> dict[str, str]:
    """Store all sizes or none. Raises ServiceUnavailable when the storage does not take them."""
    names = {size: file_name(image_id, size) for size in contents}
    contents_write({names[size]: content for size, content in contents.items()})
    return names


def contents_write(contents: Mapping[str, bytes]) -> None:
    """Store files under these names, all or none. Raises ServiceUnavailable when the storage does not take them."""
    try:
        for name, content in contents.items():
            default_storage.save(name, ContentFile(content))
            _to_disk(name)
    except Exception as error:
        # A full disk, or any of the errors of an S3 client, which have no common base class.
        logger.exception("storing a picture failed")
        # Somebody waits, and a store that does not answer would not answer to this either, once for each file.
        if not isinstance(error, StoreSilent):
            files_remove(contents)
        raise ServiceUnavailable(_("Photos cannot be stored at the moment. Please try again shortly.")) from error


def _to_disk(name: str) -> None:
    """Keep the photo of a committed row through a power cut, as the database keeps the row."""
    with contextlib.suppress(NotImplementedError):  # Object stores have no path, and are durable when they answer.
        descriptor = os.open(default_storage.path(name), os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def files_remove(names: Iterable[str]) -> None:
    """Remove files; one that cannot be removed now is logged and left."""
    for name in names:
        try:
            default_storage.delete(name)
        except Exception:
            logger.exception("removing the picture file %s failed", name)
