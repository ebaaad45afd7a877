"""Vectors as they stand in the database: float32, little-endian, one after the other."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from animal.recognition.unit_vectors import DIMENSIONS, normalised

STORED = np.dtype("<f4")
STORED_BYTES = DIMENSIONS * STORED.itemsize


def to_bytes(vector: ArrayLike) -> bytes:
    """The stored form of one vector, brought to length one. Raises ValueError for anything but 512 finite numbers."""
    array = np.asarray(vector, dtype=np.float32)
    if array.shape != (DIMENSIONS,) or not np.isfinite(array).all() or not array.any():
        raise ValueError(f"a vector is {DIMENSIONS} finite numbers, not all zero; this one has shape {array.shape}")
    stored: bytes = normalised(array[np.newaxis])[0].astype(STORED).tobytes()
    return stored


def from_bytes(stored: bytes | memoryview) -> NDArray[np.float32]:
    """[512]. Raises ValueError when the bytes are not one vector."""
    if len(stored) != STORED_BYTES:
        raise ValueError(f"a stored vector has {STORED_BYTES} bytes, this one {len(stored)}")
    return np.frombuffer(stored, dtype=STORED).astype(np.float32)
