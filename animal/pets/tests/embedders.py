"""Embedders for tests, chosen as an operator would choose one: by the dotted path in EMBEDDING_PROVIDER.

They read colours, so that a test draws what it wants to be seen: grey pictures show no animal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from animal.recognition.embedder import BreedSuggestion, PhotoReading
from animal.recognition.errors import ModelUnavailable

BY_COLOUR = f"{__name__}.ByColour"
DOWN = f"{__name__}.Down"
BROKEN = f"{__name__}.Broken"
INTERRUPTED = f"{__name__}.Interrupted"

while_reading: list[Callable[[], object]] = []


class ByColour:
    name = "colour"
    version = "colour-1"

    def read(self, images: Sequence[Image.Image]) -> list[PhotoReading]:
        return [self._reading(image) for image in images]

    def embed(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        return np.stack([self._vector(image) for image in images])

    def _reading(self, image: Image.Image) -> PhotoReading:
        red, green, blue = image.resize((1, 1)).getpixel((0, 0))
        if max(red, green, blue) - min(red, green, blue) < 20:
            return PhotoReading(vector=None)
        breed = BreedSuggestion("Red one" if red > blue else "Blue one", 0.5)
        return PhotoReading(self._vector(image), "cat", 0.9, (0.0, 0.0, 1.0, 1.0), (breed,))

    def _vector(self, image: Image.Image) -> NDArray[np.float32]:
        vector = np.zeros(512, np.float32)
        vector[:3] = np.asarray(image.resize((1, 1)).getpixel((0, 0)), np.float32) + 1
        return vector / np.linalg.norm(vector)


class Down(ByColour):
    def read(self, images: Sequence[Image.Image]) -> list[PhotoReading]:
        raise ModelUnavailable("The model file cannot be read.")


class Broken(ByColour):
    def read(self, images: Sequence[Image.Image]) -> list[PhotoReading]:
        raise ZeroDivisionError("secret internals")


class Interrupted(ByColour):
    """Something else happens while it reads: the first function in `while_reading`, once."""

    def read(self, images: Sequence[Image.Image]) -> list[PhotoReading]:
        if while_reading:
            while_reading.pop()()
        return super().read(images)
