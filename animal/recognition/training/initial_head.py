"""The head that training starts from: principal components of the features, partly whitened.

On the untrained backbone's features it already tells animals apart better than the features themselves, where random
numbers would first pull the pretrained features apart.
"""

from __future__ import annotations

import math
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
