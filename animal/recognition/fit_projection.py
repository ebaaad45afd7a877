"""Fits weights/projection.npz: ``python -m animal.recognition.fit_projection PHOTOS_DIR MODEL_CACHE_DIR OUT.npz``.

PHOTOS_DIR holds one folder of aligned faces per dog. Three quarters of the dogs are used, the others are kept to
measure on; which ones is decided by a hash of the folder's name, so that everybody splits alike.

The projection (features - mean) @ matrix is made of three things, none of which knows which photos show the same dog:

1. The mean of the features over ImageNet, which the batch normalisation in front of the pooling has stored: its
   output is normal with mean ``bias`` and deviation ``weight`` per channel, and the mean of a rectified normal is
   known in closed form. It belongs to no species, so that cosines of different species mean the same.
2. Directions that only tell species apart, taken from the classifier's weights, are removed: species are compared
   on their own, and what all cats share says nothing about one cat.
3. Principal components of the dogs' features, partly whitened: components scaled by their deviation to the power
   of -WHITENING.
"""

from __future__ import annotations

import hashlib
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnxruntime import InferenceSession
from tqdm import tqdm

from animal.recognition.convert import checkpoint_path, write_atomically
from animal.recognition.crops import animal_crop, backbone_input
from animal.recognition.evaluation import find_photos, open_upright
from animal.recognition.labels import CLASS_SPECIES
from animal.recognition.model_cache import verified_backbone
from animal.recognition.networks import open_session
from animal.recognition.projection import DIMENSIONS, Projection
from animal.recognition.torch_weights import load_state_dict

WHITENING = 0.25
BATCH = 4
RELU6_CEILING = 6.0


def is_held_out(folder: str) -> bool:
    """One animal in four is kept for measuring and calibration."""
    return hashlib.sha256(folder.encode()).digest()[0] % 4 == 0


def backbone_features(backbone: InferenceSession, paths: Sequence[Path]) -> NDArray[np.float32]:
    """[n,1280] of whole pictures, each averaged with its mirror image, as the embedder does."""
    rows = []
    for start in tqdm(range(0, len(paths), BATCH), unit="batch"):
        pixels = backbone_input([animal_crop(open_upright(path), None) for path in paths[start : start + BATCH]])
        (features,) = backbone.run(["features"], {"input": np.concatenate([pixels, pixels[..., ::-1]])})
        rows.append(features.reshape(2, len(pixels), -1).mean(0))
    return np.concatenate(rows)


def imagenet_mean(bias: NDArray[np.float64], deviation: NDArray[np.float64]) -> NDArray[np.float64]:
    """E[min(max(x, 0), 6)] of a normal x, per channel."""
    deviation = np.abs(deviation) + 1e-6
    low, high = -bias / deviation, (RELU6_CEILING - bias) / deviation
    inside = _cumulative(high) - _cumulative(low)
    return bias * inside + deviation * (_density(low) - _density(high)) + RELU6_CEILING * (1 - _cumulative(high))


def _density(z: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)


def _cumulative(z: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.array([(1 + math.erf(value / math.sqrt(2))) / 2 for value in z])


def species_directions(classifier: NDArray[np.float64]) -> NDArray[np.float64]:
    """[1280,k] orthonormal: where the classifier looks to tell one species from everything else."""
    centred = classifier - classifier.mean(0)
    rows = []
    for species in sorted(set(CLASS_SPECIES.values())):
        rows.append(centred[[number for number, name in CLASS_SPECIES.items() if name == species]].mean(0))
    basis, _ = np.linalg.qr(np.stack(rows, axis=1))
    return basis


def fit(features: NDArray[np.float32], checkpoint: dict[str, NDArray[Any]]) -> Projection:
    """The projection from the features of the fitting part, [n,1280]."""
    mean = imagenet_mean(checkpoint["_bn1.bias"].astype(np.float64), checkpoint["_bn1.weight"].astype(np.float64))
    species = species_directions(checkpoint["_fc.weight"].astype(np.float64))
    centred = features.astype(np.float64) - features.mean(0)
    _, spread, components = np.linalg.svd(centred, full_matrices=False)
    deviations = spread[:DIMENSIONS] / math.sqrt(len(features))
    whitened = components[:DIMENSIONS].T / deviations**WHITENING
    matrix = whitened - species @ (species.T @ whitened)
    return Projection(mean.astype(np.float32), matrix.astype(np.float32))


def main(arguments: list[str]) -> int:
    if len(arguments) != 3:
        sys.stderr.write("usage: python -m animal.recognition.fit_projection PHOTOS_DIR MODEL_CACHE_DIR OUT.npz\n")
        return 2
    photos_dir, cache_dir, target = (Path(argument) for argument in arguments)
    paths = [path for folder, path in find_photos(photos_dir) if not is_held_out(folder)]
    features = backbone_features(open_session(verified_backbone(cache_dir)), paths)
    content = fit(features, load_state_dict(checkpoint_path())).to_bytes()
    write_atomically(target, content)
    sys.stdout.write(f"{len(paths)} photos; SHA-256 {hashlib.sha256(content).hexdigest()}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
