"""Reading pictures: addresses, rows, pixels."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from datetime import datetime
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db.models import CASCADE, Exists, ManyToOneRel, OuterRef, QuerySet
from django.http import HttpRequest
from PIL import Image as Pillow

from accounts.models import User
from animal.core.errors import NotFound
from animal.core.urls import site_url
from animal.images.decode import picture_read
from animal.images.files import NAME, StoredPicture
from animal.images.models import Image
from animal.images.withholding import PLACEHOLDER_NAME, is_withheld, placeholder_name

_OURS = re.compile(f"{NAME.pattern}|{PLACEHOLDER_NAME.pattern}")
EARLIER_LOOKED_AT = 5
SIZES = ("rendition", "master", "thumbnail")


def image_url(image: Image | StoredPicture, size: str = "rendition", request: HttpRequest | None = None) -> str:
    """The absolute address of one size: on the host that was asked, or on the site's own when nobody asked."""
    url = image_address(image, size)
    if url.startswith(("http://", "https://")):
        return url
    return request.build_absolute_uri(url) if request is not None else site_url(url)


def image_address(image: Image | StoredPicture, size: str = "rendition") -> str:
    """As `image_url`, but only the path while this site serves the pictures itself."""
    if size not in SIZES:
        raise ValueError(f"size must be one of {SIZES}")
    if is_withheld(image):
        return f"{settings.MEDIA_URL}{placeholder_name(image)}"
    return default_storage.url(str(getattr(image, size)))


def images_by_url(urls: Iterable[object]) -> dict[str, Image]:
    """The pictures that these addresses lead to; whatever is not an address of one of ours is left out.

    Only the name in the path counts, because one installation answers to several host names. Nothing is fetched.
    """
    ids: dict[str, uuid.UUID] = {}
    for url in urls:
        if isinstance(url, str) and len(url) <= 2000 and (found := _OURS.search(url.split("?")[0])):
            ids[url] = uuid.UUID(found[1] or found[2])
    images = Image.objects.in_bulk(list(set(ids.values())))
    return {url: images[image_id] for url, image_id in ids.items() if image_id in images}


def access_image_as_uploader(actor: User, image_id: uuid.UUID) -> Image:
    image = Image.objects.filter(pk=image_id, uploader=actor).first()
    if image is None:
        raise NotFound
    return image


def open_master(image: Image) -> Pillow.Image:
    """The stored master, upright RGB. Raises what `master_content` and `master_decoded` raise."""
    return master_decoded(master_content(image))


def master_content(image: Image) -> bytes:
    """The bytes of the stored master. Raises FileNotFoundError when the file is gone, and any other error of the
    storage (an OSError of a disk, botocore's errors of an object store) while that does not work."""
    with default_storage.open(str(image.master)) as file:
        content: bytes = file.read()
    return content


def is_store_there(image: Image) -> bool:
    """Whether the store works though this picture's file is not in it. Raises any error of the storage.

    A volume that is not mounted is an empty folder: it has neither the picture's own folder, which stays when a file
    is removed, nor the pictures that were stored before. An object store has no folders, but knows whether its bucket
    is there.
    """
    if bucket_is_there := getattr(default_storage, "is_there", None):
        return bool(bucket_is_there())
    earlier = Image.objects.filter(created_at__lt=image.created_at).order_by("-created_at")
    names = [PurePosixPath(str(image.master)).parent, *earlier.values_list("master", flat=True)[:EARLIER_LOOKED_AT]]
    return any(default_storage.exists(str(name)) for name in names)


def master_decoded(content: bytes) -> Pillow.Image:
    """Raises OSError, ValueError, SyntaxError or DecompressionBombError for damaged content."""
    with Pillow.open(BytesIO(content), formats=["JPEG"]) as picture:
        return picture.convert("RGB")


def decode_upload(upload: UploadedFile[Any]) -> Pillow.Image:
    """An upload as `image_store` would keep it, without keeping it. Raises InvalidInput."""
    return picture_read(upload).image


def images_unused(*, created_before: datetime) -> QuerySet[Image]:
    """Pictures that no row of any app shows, oldest first.

    Asks the models rather than naming them, because the apps that show pictures lie above this one. What is deleted
    together with a picture (CASCADE) is derived from it and does not keep it.
    """
    unused = Image.objects.filter(created_at__lt=created_before)
    for relation in Image._meta.get_fields(include_hidden=True):
        if isinstance(relation, ManyToOneRel) and relation.on_delete is not CASCADE:
            shown = relation.related_model._base_manager.filter(**{relation.field.name: OuterRef("pk")})
            unused = unused.filter(~Exists(shown))
    return unused.order_by("created_at")
