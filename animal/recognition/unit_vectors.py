"""How long vectors are: the number of their parts, and their length of one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# What the head is fed, in this order: the features of the untrained branch, those of the trained one, and what some
# blocks on the way to these see (by their numbers, of the channels that each widens its map to); the first tuned block
# may be one behind them.
BACKBONE_FEATURES = 1280
LEVELS = {10: 528, 15: 720, 20: 1248}
FEATURE_PARTS = (BACKBONE_FEATURES, BACKBONE_FEATURES, *LEVELS.values())
FEATURES = sum(FEATURE_PARTS)
DIMENSIONS = 512


def normalised(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows of length one; a row of zeros, which no picture gives, stays zero."""
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    scaled: NDArray[np.float32] = (rows / np.maximum(lengths, 1e-12)).astype(np.float32)
    return scaled
