"""Embedders that recognise nothing. The story must not hold with any of them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image

from animal.recognition.embedder import PhotoReading

DIMENSIONS = 512


class _Embedder:
    name = "worthless"
    version = "worthless-1"

    def vector(self, image: Image) -> NDArray[np.float32]:
        raise NotImplementedError

    def embed(self, images: Sequence[Image]) -> NDArray[np.float32]:
        rows = np.stack([self.vector(image) for image in images]).astype(np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def read(self, images: Sequence[Image]) -> list[PhotoReading]:
        box = (0.0, 0.0, 1.0, 1.0)
        return [
            PhotoReading(vector=row, species="", species_score=0.0, box=box, breeds=()) for row in self.embed(images)
        ]


class ConstantEmbedder(_Embedder):
    version = "constant-1"

    def vector(self, image: Image) -> NDArray[np.float32]:
        return np.ones(DIMENSIONS, np.float32)


class RandomEmbedder(_Embedder):
    version = "random-1"
    dice = np.random.default_rng(5)

    def vector(self, image: Image) -> NDArray[np.float32]:
        return self.dice.normal(size=DIMENSIONS).astype(np.float32)


class HashEmbedder(_Embedder):
    version = "hash-1"

    def vector(self, image: Image) -> NDArray[np.float32]:
        seed = int.from_bytes(hashlib.sha256(image.tobytes()).digest()[:8])
        return np.random.default_rng(seed).normal(size=DIMENSIONS).astype(np.float32)
