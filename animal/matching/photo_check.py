"""What would make a photo a better one to recognise an animal by: said before it is used, never a refusal."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.files.uploadedfile import UploadedFile

from animal.images.quality import Quality, quality_of
from animal.images.selectors import decode_upload
from animal.matching.search import reading_slot
from animal.recognition.embedder import PhotoReading
from animal.recognition.errors import ModelUnavailable
from animal.recognition.providers import get_embedder

MESSAGES = {
    "no_animal": "We see no animal in this photo. Please take one in which it is larger and well lit.",
    "several_animals": "There are several animals in this photo. Please take one that shows only the one you mean.",
    "too_small": "The animal is very small in this photo. Please go closer, or choose a larger photo.",
    "too_dark": "This photo is very dark. Please take one in daylight or with the light on.",
    "blurred": "This photo is blurred. Please hold still, and take another one.",
}


@dataclass(frozen=True)
class PhotoCheck:
    """`hints` are keys of MESSAGES, what matters most first. Without the model only the pixels were looked at."""

    hints: tuple[str, ...]
    looked_for_animals: bool


def photo_check(*, upload: UploadedFile) -> PhotoCheck:
    """Nothing is kept. Raises InvalidInput for what is no picture, ServiceUnavailable when too many are looked at."""
    with reading_slot():
        picture = decode_upload(upload)
        try:
            reading = get_embedder().read([picture])[0]
        except ModelUnavailable:
            return PhotoCheck(_of_pixels(quality_of(picture)), looked_for_animals=False)
        quality = quality_of(picture) if reading.box is None else quality_of(picture, reading.box)
        return PhotoCheck((*_of_animals(reading), *_of_pixels(quality)), looked_for_animals=True)


def _of_animals(reading: PhotoReading) -> tuple[str, ...]:
    if reading.vector is None:
        return ("no_animal",)
    return ("several_animals",) if reading.animals > 1 else ()


def _of_pixels(quality: Quality) -> tuple[str, ...]:
    if quality.is_small:
        return ("too_small",)  # Neither light nor sharpness of a few pixels says anything.
    if quality.is_dark:
        return ("too_dark",)  # Noise of a dark picture looks like detail.
    return ("blurred",) if quality.is_blurred else ()
