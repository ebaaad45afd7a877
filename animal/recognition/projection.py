"""From the backbone's 1280 features to the 512 numbers that are stored and compared.

The trained head is a matrix as well: to ship one, write its mean and matrix to weights/projection.npz and put the
checksum in bundled.py.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from animal.recognition.bundled import PROJECTION, read_bundled
from animal.recognition.errors import ModelUnavailable

FEATURES = 1280
DIMENSIONS = 512


@dataclass(frozen=True)
class Projection:
    """``(features - mean) @ matrix``, rows scaled to length one."""

    mean: NDArray[np.float32]
    matrix: NDArray[np.float32]

    def __call__(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """[n,1280] to [n,512].

        Not by ``@``: BLAS would start a thread per core for one row, and those then spin for longer than the row takes;
        a photo cost 136 ms of processor time instead of 80.
        """
        return normalised(np.einsum("nf,fd->nd", features - self.mean, self.matrix))

    def to_bytes(self) -> bytes:
        """The file content: half precision, which moves no cosine by more than 0.001."""
        stream = io.BytesIO()
        np.savez(stream, mean=self.mean.astype(np.float16), matrix=self.matrix.astype(np.float16))
        return stream.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> Projection:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return cls(arrays["mean"].astype(np.float32), arrays["matrix"].astype(np.float32))


def normalised(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows of length one; a row of zeros, which no picture gives, stays zero."""
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    scaled: NDArray[np.float32] = (rows / np.maximum(lengths, 1e-12)).astype(np.float32)
    return scaled


def bundled_projection() -> Projection:
    """The projection that is shipped. Raises ModelUnavailable when its file is unreadable or damaged."""
    projection = Projection.from_bytes(read_bundled(PROJECTION))
    if projection.mean.shape != (FEATURES,) or projection.matrix.shape != (FEATURES, DIMENSIONS):
        raise ModelUnavailable("The projection that is shipped does not lead from 1280 to 512 numbers.")
    return projection
