"""Heads that are fitted at once: principal components of the features, partly whitened.

One is where training starts from: on the untrained backbone's features it already tells animals apart better than the
features themselves, where random numbers would first pull the pretrained features apart. The other is what is shipped:
it takes the untrained features beside the tuned ones. Together they recognise better than either, and the untrained
ones have not forgotten the animals that training never showed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WHITENING = 0.5


@dataclass(frozen=True)
class Head:
    """``vector = (features - mean) @ matrix.T + offset``; matrix [512,k]."""

    mean: NDArray[np.float64]
    matrix: NDArray[np.float64]
    offset: NDArray[np.float64]

    def __call__(self, features: NDArray) -> NDArray[np.float64]:
        result: NDArray[np.float64] = (features - self.mean) @ self.matrix.T + self.offset
        return result


def fit_head(features: NDArray[np.float32], dimensions: int) -> Head:
    """From the features [n,k] of the training pictures; vectors have a root mean square length of one.

    With fewer pictures than dimensions the components that the pictures do not span are left zero.
    """
    values = features.astype(np.float64)
    mean = values.mean(0)
    _, spread, components = np.linalg.svd(values - mean, full_matrices=False)
    count = min(dimensions, len(spread))
    deviations = np.maximum(spread[:count] / math.sqrt(len(values)), 1e-6 * spread[0])
    matrix = np.zeros((dimensions, values.shape[1]))
    matrix[:count] = components[:count] / deviations[:, None] ** WHITENING
    lengths = np.linalg.norm((values - mean) @ matrix.T, axis=1)
    return Head(mean, matrix / math.sqrt(float((lengths**2).mean())), np.zeros(dimensions))


def fit_fused_head(parts: Sequence[NDArray[np.float32]], dimensions: int) -> Head:
    """For features that stand side by side, [n,k] each; every part weighs alike, however large its numbers are."""
    deviations = [float((part - part.mean(0)).std()) for part in parts]
    head = fit_head(
        np.concatenate([part / one for part, one in zip(parts, deviations, strict=True)], axis=1), dimensions
    )
    scales = np.concatenate([np.full(part.shape[1], one) for part, one in zip(parts, deviations, strict=True)])
    return Head(head.mean * scales, head.matrix / scales, head.offset)
