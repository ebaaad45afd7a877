"""What training has to beat: the same detector and cut, and the backbone as ImageNet left it, without a head."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from animal.recognition import crops, detector, pipeline
from animal.recognition.bundled import DETECTOR, bundled_path
from animal.recognition.convert import CHECKPOINT_SHA256, checkpoint_path
from animal.recognition.embedder import PhotoReading
from animal.recognition.model_cache import verified_backbone
from animal.recognition.networks import open_session
from animal.recognition.torch_weights import load_state_dict
from animal.recognition.unit_vectors import BACKBONE_FEATURES, normalised

RELU6_CEILING = 6.0


def version_of(*, crop: bool) -> str:
    """Changes with every constant of the pipeline; and with the networks, though this one is not theirs."""
    return f"lite2-untrained-{CHECKPOINT_SHA256[:8]}-{pipeline.digest(crop)}"


class UntrainedEmbedder:
    """Vectors are [1280]: the features of the cut and its mirror image, centred on their mean over ImageNet."""

    name = "untrained"

    def __init__(self, cache_dir: Path, *, crop: bool = True) -> None:
        self._crop = crop
        self.version = version_of(crop=crop)
        self._detector = open_session(bundled_path(DETECTOR))
        self._backbone = open_session(verified_backbone(cache_dir))

    def embed(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        if not images:
            return np.empty((0, BACKBONE_FEATURES), np.float32)
        return np.stack([self._read_one(image)[0] for image in images])

    def read(self, images: Sequence[Image.Image]) -> list[PhotoReading]:
        return [PhotoReading(*self._read_one(image)) for image in images]

    def _read_one(self, image: Image.Image) -> tuple[NDArray[np.float32], str]:
        found = None
        if self._crop:
            found = next(iter(detector.detect(image, lambda feed: self._detector.run(None, dict(feed)))), None)
        pixels = crops.backbone_input([detector.cut_out(image, found)])
        (features,) = self._backbone.run(["features"], {"input": np.concatenate([pixels, pixels[..., ::-1]])})
        return normalised(features.mean(0, keepdims=True) - _mean())[0], found.species if found else ""


@functools.cache
def _mean() -> NDArray[np.float32]:
    """[1280]: of the features over ImageNet, which the batch normalisation in front of the pooling has stored.

    Its output is normal with mean ``bias`` and deviation ``weight``; the mean of a rectified normal is known.
    """
    checkpoint = load_state_dict(checkpoint_path())
    bias, deviation = (checkpoint[f"_bn1.{part}"].astype(np.float64) for part in ("bias", "weight"))
    deviation = np.abs(deviation) + 1e-6
    low, high = -bias / deviation, (RELU6_CEILING - bias) / deviation
    inside = _cumulative(high) - _cumulative(low)
    mean = bias * inside + deviation * (_density(low) - _density(high)) + RELU6_CEILING * (1 - _cumulative(high))
    return mean.astype(np.float32)


def _density(z: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)


def _cumulative(z: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.array([(1 + math.erf(value / math.sqrt(2))) / 2 for value in z])
