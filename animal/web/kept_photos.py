"""The photos of a form that was refused, for whoever has no JavaScript: with it, the form is not loaded anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.models import User
from animal.core.errors import InvalidInput
from animal.images.kept import kept_no_more, photo_name, photos_keep, photos_kept
from animal.images.models import Image
from animal.images.selectors import image_address
from animal.reports.editing import MAX_PHOTOS


def kept_photos(request: HttpRequest, *, uploader: User | None, uploads: Sequence[UploadedFile[Any]]) -> list[Image]:
    """Those that the form brings back. Raises InvalidInput when one is gone, or there are too many with `uploads`."""
    names = request.POST.getlist("kept")
    if len(names) + len(uploads) > MAX_PHOTOS:
        raise InvalidInput(_("A report has at most %(most)s photos.") % {"most": MAX_PHOTOS}, code="too_many_photos")
    kept = photos_kept(names=names, uploader=uploader)
    if len(kept) < len(names):
        raise InvalidInput(kept_no_more(), code="photo_gone")
    return kept


def kept_context(
    request: HttpRequest, *, uploader: User | None, uploads: Sequence[UploadedFile[Any]]
) -> list[dict[str, str]]:
    """For the page of a form that was refused: what it brought back, and what came with it, is kept from now on."""
    before = photos_kept(names=request.POST.getlist("kept")[:MAX_PHOTOS], uploader=uploader)
    room = MAX_PHOTOS - len(before)
    came = photos_keep(uploads=uploads[:room], uploader=uploader, source=Image.Source.REPORT)
    return [{"name": photo_name(image), "address": image_address(image, "thumbnail")} for image in [*before, *came]]
