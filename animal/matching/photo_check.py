"""What would make a photo a better one to recognise an animal by: said before it is used, never a refusal."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.files.uploadedfile import UploadedFile

from animal.images.hints import Hints, pixel_hints
from animal.images.quality import quality_of
from animal.images.selectors import decode_upload
from animal.matching.search import reading_slot
from animal.recognition.errors import ModelUnavailable
from animal.recognition.photo_hints import reading_hints
from animal.recognition.providers import get_embedder
from animal.recognition.reading import photo_reading


@dataclass(frozen=True)
class PhotoCheck:
    """Without the model only the pixels were looked at."""

    hints: Hints
    looked_for_animals: bool


def photo_check(*, upload: UploadedFile) -> PhotoCheck:
    """Nothing is kept. Raises InvalidInput for what is no picture, ServiceUnavailable when too many are looked at."""
    with reading_slot():
        return _checked(upload)


def _checked(upload: UploadedFile) -> PhotoCheck:
    picture = decode_upload(upload)
    try:
        reading = photo_reading(get_embedder(), picture)
    except ModelUnavailable:
        return PhotoCheck(pixel_hints(quality_of(picture)), looked_for_animals=False)
    return PhotoCheck(reading_hints(reading, picture), looked_for_animals=True)
