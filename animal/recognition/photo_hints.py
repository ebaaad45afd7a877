"""Hints on a photo once the networks have looked at it."""

from __future__ import annotations

from PIL import Image as PillowImage

from animal.images.hints import Hints, pixel_hints
from animal.images.quality import quality_of
from animal.recognition.embedder import PhotoReading


def reading_hints(reading: PhotoReading, picture: PillowImage.Image) -> Hints:
    """What is said of the animals in it, then of light, sharpness and size of the part that shows the one meant."""
    quality = quality_of(picture) if reading.box is None else quality_of(picture, reading.box)
    return (*_of_animals(reading), *pixel_hints(quality))


def _of_animals(reading: PhotoReading) -> Hints:
    if reading.vector is None:
        return ("no_animal",)
    return ("several_animals",) if reading.animals > 1 else ()
