"""Whether probabilities mean what they say: of those that say 0.8, are eight in ten right?

Expected calibration error: the mean distance between what is said and what is right, over bins of equally many pairs
(Naeini, Cooper, Hauskrecht, AAAI 2015). Brier score: the mean squared distance between the probability and the truth
(G. W. Brier, 1950); the skill is how much of the error of always saying the base rate is gone.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

BINS = 15
# Probabilities of a search are looked at in these bands.
BANDS = (0.05, 0.3, 0.6, 0.8, 0.95, 1.01)


@dataclass(frozen=True)
class Reliability:
    """``said`` and ``right`` [BINS]: mean probability and part of right pairs in each bin, of rising probability."""

    pairs: int
    calibration_error: float
    brier: float
    brier_skill: float
    said: tuple[float, ...]
    right: tuple[float, ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            "pairs": self.pairs,
            "ece": round(self.calibration_error, 5),
            "brier": round(self.brier, 5),
            "brier_skill": round(self.brier_skill, 5),
            "bins": {"said": [round(x, 4) for x in self.said], "right": [round(x, 4) for x in self.right]},
        }


def reliability(probabilities: NDArray[np.float64], same: NDArray[np.bool_]) -> Reliability:
    """Of [n] probabilities, with whether each pair is the same animal. Needs pairs of both sorts."""
    order = np.argsort(probabilities, kind="stable")
    said, right, error = [], [], 0.0
    for places in np.array_split(order, BINS):
        if places.size:
            said.append(float(probabilities[places].mean()))
            right.append(float(same[places].mean()))
            error += abs(said[-1] - right[-1]) * places.size / len(same)
    brier = float(((probabilities - same) ** 2).mean())
    rate = float(same.mean())
    return Reliability(len(same), error, brier, 1 - brier / (rate * (1 - rate)), tuple(said), tuple(right))


def meaning(
    said: NDArray[np.float64], same: NDArray[np.bool_], weights: NDArray[np.float64] | None = None
) -> list[dict[str, float]]:
    """Of [n] probabilities in each of BANDS: how many there are, what they say, and what part of them is right;
    ``weights`` [n] bring the rows of one animal and of two to the odds that are meant."""
    counted, rows = np.ones(len(said)) if weights is None else weights, []
    for low, high in itertools.pairwise(BANDS):
        chosen = (said >= low) & (said < high)
        if chosen.any():
            mean, right = (float(np.average(one[chosen], weights=counted[chosen])) for one in (said, same))
            rows.append({"pairs": int(chosen.sum()), "said": round(mean, 3), "right": round(right, 3)})
    return rows
