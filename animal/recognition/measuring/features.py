"""Photos as the features that the head is fitted on, by a recogniser's own file: what is fitted and measured on them
is what the file gives, its rounded weights included."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from animal.recognition.bundled import DETECTOR, bundled_path
from animal.recognition.embedder import OnnxEmbedder, PhotoReading, Recipe, read_one
from animal.recognition.measuring.cache import VectorCache
from animal.recognition.measuring.photos import PhotoSet, Progress, read_folder
from animal.recognition.networks import Networks, open_session
from animal.recognition.unit_vectors import FEATURES


class FeatureReader:
    """Features [5056] of any recogniser's file, mean of the cut and its mirror image, not of length one; cut and gate
    are the service's."""

    name = "features"

    def __init__(self, recogniser: Path, folder: Path | None = None, *, crop: bool = True) -> None:
        """``folder`` holds the detector (MODEL_DIR). Raises ModelUnavailable."""
        self._recipe = Recipe(crop=crop, head=False, length=True)
        self._networks = Networks(
            detector=open_session(bundled_path(DETECTOR, folder)), recogniser=open_session(recogniser)
        )
        content = hashlib.sha256(recogniser.read_bytes()).hexdigest()
        pipeline = OnnxEmbedder(folder, self._recipe).version
        self.version = f"{content[:12]}-{pipeline}"

    def embed(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        features = [features for features, _ in self._read(images)]
        return np.stack(features) if features else np.empty((0, FEATURES), np.float32)

    def read(self, images: Sequence[Image.Image]) -> list[PhotoReading]:
        return [reading for _, reading in self._read(images)]

    def _read(self, images: Sequence[Image.Image]) -> list[tuple[NDArray[np.float32], PhotoReading]]:
        with self._networks.turn():
            return [read_one(self._networks, image, self._recipe) for image in images]


def read_features(
    directory: Path,
    reader: FeatureReader,
    keep_in: Path,
    *,
    animals: Collection[str] | None = None,
    progress: Progress | None = None,
) -> PhotoSet:
    """The photos below ``directory``, or of these ``animals``, with features for vectors; kept in ``keep_in``.

    Raises ModelUnavailable.
    """
    cache = VectorCache(keep_in, f"{reader.name}-{reader.version}", FEATURES, is_unit=False)
    return read_folder(directory, reader, cache, animals=animals, progress=progress)
