"""Cosines from the upper eight bits of every vector: a quarter of the memory to read, and sure to within a known bound.

The bound is that of Cauchy and Schwarz: a row's codes differ from its vector by a vector no longer than its doubt, so
their product with a probe of length one differs from the cosine by no more.
"""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from animal.recognition.index.fixed_point import LONGEST
from animal.recognition.networks import open_session

if TYPE_CHECKING:
    import onnxruntime

# Codes [n,512] less 128, times probes [512,2k] in whole numbers, times weights [2k,k]; the largest, times scales [n,1].
PRODUCT = Path(__file__).parent / "coarse_product.onnx"

# A probe is two columns of whole numbers, 128 * upper + lower, each from -64 to 64. Where a processor adds up two
# products in 16 bits (AVX2 and AVX-512 without VNNI), larger ones overflow silently: 2 * 255 * 64 < 2**15. See
# https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html#when-and-why-do-i-need-to-try-u8u8
PROBE_BITS = 7
PROBE_LARGEST = (63 << PROBE_BITS) + 63
# A row's codes may be longer than its vector by the row's doubt: at most half a step in each of 512 numbers.
MOST_DOUBT = 0.1


@dataclass(frozen=True)
class CoarseProbes:
    """`doubt` is how much the columns' rounding can change a cosine, at most."""

    columns: NDArray[np.int8]  # [512,2k], upper parts first
    weights: NDArray[np.float32]  # [2k,k]: what one unit of each column adds to each probe's product
    doubt: float

    @classmethod
    def of(cls, probes: NDArray[np.float32]) -> CoarseProbes:
        exact = probes.astype(np.float64)
        largest = np.abs(exact).max(axis=1)
        steps = np.where(largest > 0, largest, 1.0) / PROBE_LARGEST
        numbers = np.rint(exact / steps[:, np.newaxis]).astype(np.int32)
        upper = (numbers + (1 << PROBE_BITS - 1)) >> PROBE_BITS
        lower = numbers - (upper << PROBE_BITS)
        lost = np.linalg.norm(exact - numbers * steps[:, np.newaxis], axis=1).max()
        return cls(
            columns=np.ascontiguousarray(np.concatenate([upper, lower]).T, np.int8),
            weights=np.concatenate([np.diag(steps * (1 << PROBE_BITS)), np.diag(steps)]).astype(np.float32),
            doubt=float(lost) * (LONGEST + MOST_DOUBT),
        )


def coarse_cosines(codes: NDArray[np.uint8], scales: NDArray[np.float32], probes: CoarseProbes) -> NDArray[np.float32]:
    """The best cosine of each row to any probe, from the codes and scales of a FixedPoint. The true one is not further
    away than the row's doubt and the probes' together.

    Raises ModelUnavailable when ONNX Runtime cannot be loaded.
    """
    feed = {"codes": codes, "probes": probes.columns, "weights": probes.weights, "scales": scales[:, np.newaxis]}
    (best,) = _session().run(None, feed)
    cosines: NDArray[np.float32] = best[:, 0]
    return cosines


@functools.cache
def _session() -> onnxruntime.InferenceSession:
    return open_session(PRODUCT)


# Like the other networks' sessions, it must not cross a fork.
os.register_at_fork(after_in_child=_session.cache_clear)
