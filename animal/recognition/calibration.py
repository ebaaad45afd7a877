"""Maps a raw cosine to the similarity that people see and thresholds refer to.

The knots are fitted on real photos: 0.3 is the score of pairs of which one in ten is right, 0.6 of which half are
right, 0.8 of which nine in ten are right. Between the knots the map is a straight line, and it never falls.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from animal.recognition.bundled import CALIBRATION, read_bundled


@dataclass(frozen=True)
class Calibration:
    """``cosines`` and ``similarities`` are the knots, both rising; ``registered_pet_threshold`` is a similarity."""

    cosines: tuple[float, ...]
    similarities: tuple[float, ...]
    registered_pet_threshold: float

    def __post_init__(self) -> None:
        rising = all(np.diff(self.cosines) > 0) and all(np.diff(self.similarities) > 0)
        if not rising or len(self.cosines) != len(self.similarities):
            raise ValueError("a calibration needs as many cosines as similarities, both rising")

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Calibration:
        """From the content of a calibration file. Raises KeyError, TypeError or ValueError when it is none."""
        return cls(
            cosines=tuple(values["cosines"]),
            similarities=tuple(values["similarities"]),
            registered_pet_threshold=float(values["registered_pet_threshold"]),
        )

    def similarity(self, cosine: float) -> float:
        return float(self.similarities_of(np.asarray([cosine]))[0])

    def similarities_of(self, cosines: NDArray[np.floating]) -> NDArray[np.float64]:
        mapped: NDArray[np.float64] = np.interp(cosines, self.cosines, self.similarities)
        return mapped

    def cosine_for(self, similarity: float) -> float:
        """The smallest cosine that reaches this similarity."""
        return float(np.interp(similarity, self.similarities, self.cosines))


@functools.cache
def bundled_calibration() -> Calibration:
    """The calibration of the bundled embedder. Raises ModelUnavailable when its file is unreadable or damaged."""
    return Calibration.from_values(bundled_calibration_values())


def bundled_calibration_values() -> dict[str, Any]:
    """The content of the calibration file. Raises ModelUnavailable as bundled_calibration does."""
    values: dict[str, Any] = json.loads(read_bundled(CALIBRATION))
    return values


def similarity(cosine: float) -> float:
    """0..1 for one pair."""
    return bundled_calibration().similarity(cosine)


def registered_pet_threshold() -> float:
    """The similarity that a registered pet must reach when nobody has reported it lost."""
    return bundled_calibration().registered_pet_threshold
