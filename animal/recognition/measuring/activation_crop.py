"""Finding the animal without a detector: where the classifier's pet classes are active in the backbone's feature map.

Class activation maps are those of B. Zhou et al., "Learning Deep Features for Discriminative Localization" (CVPR 2016).
They cost one more run of the recogniser and no second model; ``eval_recognition --ablate`` compares them with the
detector.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from animal.recognition import crops
from animal.recognition.convert import checkpoint_path
from animal.recognition.detector import Detection
from animal.recognition.embedder import OnnxEmbedder, PhotoReading, Recipe, look
from animal.recognition.labels import CLASS_SPECIES
from animal.recognition.networks import LazyNetworks, Networks
from animal.recognition.torch_weights import load_state_dict
from animal.recognition.unit_vectors import DIMENSIONS

# Of the largest activation; 0.2 cuts out half of a photo of a cat on average, this a third, which recognised better.
THRESHOLD = 0.35
# The map is enlarged to this side before it is cut, since one of its own cells is a ninth of the picture.
SIDE = 90

Box = tuple[float, float, float, float]


class ActivationEmbedder:
    """The recogniser that is shipped, on a cut that its own activations choose."""

    name = "activations"

    def __init__(self, folder: Path) -> None:
        self._networks = LazyNetworks(folder)
        self.version = f"{OnnxEmbedder(folder).version}-activations-{THRESHOLD:g}"

    def embed(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        vectors = [reading.vector for reading in self.read(images) if reading.vector is not None]
        return np.stack(vectors) if vectors else np.empty((0, DIMENSIONS), np.float32)

    def read(self, images: Sequence[Image.Image]) -> list[PhotoReading]:
        """Every picture is taken to show an animal; the species is the classifier's."""
        networks = self._networks.get()
        return [_read_one(networks, image) for image in images]


def _read_one(networks: Networks, image: Image.Image) -> PhotoReading:
    # It was measured on cats: cut as these are.
    vector, classes = look(networks, image, Detection("cat", 1.0, find(networks, image)), Recipe())
    pets = _pet_classes()
    return PhotoReading(vector=vector, species=CLASS_SPECIES[int(pets[classes[pets].argmax()])], animals=1)


def find(networks: Networks, image: Image.Image) -> Box:
    """Where the animal is, in parts 0..1 of the picture."""
    pixels = crops.backbone_input([crops.animal_crop(image, None)])
    (activations,) = networks.recogniser.run(["activations"], {"input": pixels})
    features = activations[0].reshape(activations.shape[1], -1)
    weights = _classifier()[_pet_classes()]
    scores = weights @ features.mean(1)
    share = np.exp(scores - scores.max())
    return box_of(((share / share.sum()) @ (weights @ features)).reshape(activations.shape[2:]))


def box_of(activation: NDArray[np.floating]) -> Box:
    """The rectangle around all that is above THRESHOLD of the largest activation; the whole picture when all is one."""
    spread = float(np.ptp(activation))
    if spread == 0:
        return crops.WHOLE
    levels = ((activation - activation.min()) / spread * 255).astype(np.uint8)
    enlarged = np.asarray(Image.fromarray(levels).resize((SIDE, SIDE), Image.Resampling.BILINEAR))
    rows, columns = np.nonzero(enlarged > THRESHOLD * 255)
    return (
        float(columns.min()) / SIDE,
        float(rows.min()) / SIDE,
        float(columns.max() + 1) / SIDE,
        float(rows.max() + 1) / SIDE,
    )


@functools.cache
def _classifier() -> NDArray[np.float32]:
    """[1000,1280]"""
    return load_state_dict(checkpoint_path())["_fc.weight"].astype(np.float32)


@functools.cache
def _pet_classes() -> NDArray[np.int64]:
    return np.array(sorted(CLASS_SPECIES), np.int64)
