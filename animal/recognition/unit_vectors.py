"""How long vectors are: the number of their parts, and their length of one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# What the head is fed: the features of the untrained branch, and those of the trained one.
BACKBONE_FEATURES = 1280
FEATURES = 2 * BACKBONE_FEATURES
DIMENSIONS = 512


def normalised(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows of length one; a row of zeros, which no picture gives, stays zero."""
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    scaled: NDArray[np.float32] = (rows / np.maximum(lengths, 1e-12)).astype(np.float32)
    return scaled
