"""What training has to beat: the same detector and cut, and the backbone as ImageNet left it, without a head."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from animal.recognition import crops, detector
from animal.recognition.bundled import DETECTOR, bundled_path
from animal.recognition.convert import CHECKPOINT_SHA256, checkpoint_path
from animal.recognition.embedder import PhotoReading
from animal.recognition.fit_projection import imagenet_mean
from animal.recognition.model_cache import verified_backbone
from animal.recognition.networks import open_session
from animal.recognition.projection import FEATURES, normalised
from animal.recognition.torch_weights import load_state_dict


class UntrainedEmbedder:
    """Vectors are [1280]: the features of the cut and its mirror image, centred on their mean over ImageNet."""

    name = "untrained"
    version = f"lite2-untrained-{CHECKPOINT_SHA256[:8]}"

    def __init__(self, cache_dir: Path, *, crop: bool = True) -> None:
        self._crop = crop
        self.version = f"{type(self).version}{'' if crop else '-nocrop'}"
        self._detector = open_session(bundled_path(DETECTOR))
        self._backbone = open_session(verified_backbone(cache_dir))

    def embed(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        if not images:
            return np.empty((0, FEATURES), np.float32)
        return np.stack([self._read_one(image)[0] for image in images])

    def read(self, images: Sequence[Image.Image]) -> list[PhotoReading]:
        return [PhotoReading(*self._read_one(image)) for image in images]

    def _read_one(self, image: Image.Image) -> tuple[NDArray[np.float32], str]:
        found = None
        if self._crop:
            found = next(iter(detector.detect(image, lambda feed: self._detector.run(None, dict(feed)))), None)
        pixels = crops.backbone_input([crops.animal_crop(image, found.box if found else None)])
        (features,) = self._backbone.run(["features"], {"input": np.concatenate([pixels, pixels[..., ::-1]])})
        return normalised(features.mean(0, keepdims=True) - _mean())[0], found.species if found else ""


@functools.cache
def _mean() -> NDArray[np.float32]:
    checkpoint = load_state_dict(checkpoint_path())
    mean = imagenet_mean(checkpoint["_bn1.bias"].astype(np.float64), checkpoint["_bn1.weight"].astype(np.float64))
    return mean.astype(np.float32)
