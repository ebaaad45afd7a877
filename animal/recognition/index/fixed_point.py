"""Vectors as whole numbers of 24 bits, in two arrays: the upper 8 bits of each, which a search reads for every row, and
the lower 16, which it reads for the few rows that could be among the best.

Each row has a scale of its own, by which its largest number just fits. What rounding changes is less than what float32
loses when a dot product is summed up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from animal.recognition.unit_vectors import DIMENSIONS

# The lower 16 bits: so many steps are one unit of the upper eight.
STEPS = 1 << 16
# Codes are bytes without sign, as ONNX Runtime multiplies them: this one stands for 0.
ZERO = 128
LARGEST_CODE = 127
SMALLEST_SCALE = float(np.finfo(np.float32).tiny) * STEPS
# A vector of length one may be this much longer or shorter by rounding; a longer one is damaged.
LONGEST = 1.001
# More than what float32 can lose in sums of 512 products of two vectors of length one: 512 * 2**-24 = 0.00003.
ROUNDING = 0.0001


@dataclass(frozen=True)
class FixedPoint:
    """`codes` are the upper bits, `rest` is what they leave out. A row's codes alone make a vector no further from
    the true one than its doubt."""

    codes: NDArray[np.uint8]  # [n,512]
    rest: NDArray[np.int16]  # [n,512]
    scales: NDArray[np.float32]  # [n]: what one unit of a code is
    doubts: NDArray[np.float32]  # [n]

    @classmethod
    def empty(cls, capacity: int) -> FixedPoint:
        numbers = (capacity, DIMENSIONS)
        return cls(
            codes=np.empty(numbers, np.uint8),
            rest=np.empty(numbers, np.int16),
            scales=np.empty(capacity, np.float32),
            doubts=np.empty(capacity, np.float32),
        )

    @classmethod
    def of(cls, vectors: NDArray[np.float32]) -> FixedPoint:
        """Of finite vectors [n,512] of length one at most."""
        # Not below the smallest number that float32 holds at full precision: an all but empty row becomes zero.
        scales = np.maximum(np.abs(vectors).max(axis=1) / LARGEST_CODE, SMALLEST_SCALE).astype(np.float32)
        steps = scales.astype(np.float64) / STEPS
        numbers = np.rint(vectors / steps[:, np.newaxis]).astype(np.int32)
        codes = (numbers + STEPS // 2) // STEPS
        rest = numbers - codes * STEPS
        doubts = steps * np.sqrt(np.einsum("nd,nd->n", rest, rest, dtype=np.float64)) + ROUNDING
        return cls((codes + ZERO).astype(np.uint8), rest.astype(np.int16), scales, doubts.astype(np.float32))

    def each(self, change: Callable[[NDArray[Any]], NDArray[Any]]) -> FixedPoint:
        return FixedPoint(change(self.codes), change(self.rest), change(self.scales), change(self.doubts))

    def __getitem__(self, rows: slice | NDArray[np.intp]) -> FixedPoint:
        return self.each(lambda array: array[rows])

    def __setitem__(self, rows: slice, values: FixedPoint) -> None:
        self.codes[rows], self.rest[rows] = values.codes, values.rest
        self.scales[rows], self.doubts[rows] = values.scales, values.doubts

    def vectors(self) -> NDArray[np.float32]:
        """[n,512]. Whole numbers of 24 bits are exact in float32, so only the last product rounds."""
        numbers = self.codes.astype(np.float32)
        numbers -= ZERO
        numbers *= STEPS
        numbers += self.rest
        numbers *= (self.scales / STEPS)[:, np.newaxis]
        return numbers


def are_vectors(vectors: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which rows can be put in: a damaged one has numbers that are none, or is too long."""
    with np.errstate(over="ignore", invalid="ignore"):
        good: NDArray[np.bool_] = np.einsum("nd,nd->n", vectors, vectors) <= LONGEST**2
    return good
