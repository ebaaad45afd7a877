"""Two versions of the model, chosen by EMBEDDING_PROVIDER: the real one, and the same with another projection.

Every vector of the second is turned by one random rotation. Within the version all cosines are those of the real
model, so that its calibration holds; with vectors of the other version they mean nothing.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from django.conf import settings
from numpy.typing import NDArray
from PIL import Image

from animal.recognition.calibration import bundled_calibration_values
from animal.recognition.embedder import OnnxEmbedder, PhotoReading
from animal.recognition.errors import ModelUnavailable

PREVIOUS = f"{__name__}.PreviousModel"
NEXT = f"{__name__}.NextModel"
NEXT_DOWN = f"{__name__}.NextModelDown"
NEXT_BLIND = f"{__name__}.NextModelBlind"


@functools.cache
def _rotation() -> NDArray[np.float32]:
    rotation, _ = np.linalg.qr(np.random.default_rng(7).normal(size=(512, 512)))
    return rotation.astype(np.float32)


@functools.cache
def _real() -> OnnxEmbedder:
    return OnnxEmbedder(settings.MODEL_DIR)


_readings: dict[bytes, PhotoReading] = {}


def _read_once(image: Image.Image) -> PhotoReading:
    """The real model's reading. The tests of a change read the same few photos over and over."""
    key = hashlib.sha256(image.tobytes()).digest()
    if key not in _readings:
        _readings[key] = _real().read([image])[0]
    return _readings[key]


class PreviousModel:
    name = "previous"
    version = "previous-1"

    @property
    def calibration(self) -> dict[str, Any]:
        return bundled_calibration_values()

    def embed(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        return _real().embed(images)

    def read(self, images: Sequence[Image.Image]) -> list[PhotoReading]:
        return [_read_once(image) for image in images]


class NextModel(PreviousModel):
    name = "next"
    version = "next-1"

    def embed(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        return super().embed(images) @ _rotation()

    def read(self, images: Sequence[Image.Image]) -> list[PhotoReading]:
        return [
            reading if reading.vector is None else dataclasses.replace(reading, vector=reading.vector @ _rotation())
            for reading in super().read(images)
        ]


class NextModelDown(NextModel):
    def read(self, images: Sequence[Image.Image]) -> list[PhotoReading]:
        raise ModelUnavailable("The model file is damaged.")


class NextModelBlind(NextModel):
    """Sees no animal anywhere."""

    def read(self, images: Sequence[Image.Image]) -> list[PhotoReading]:
        return [PhotoReading(None) for _ in images]
