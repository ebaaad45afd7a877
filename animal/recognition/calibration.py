"""What a cosine means: the evidence that two photos, or a photo and an animal, show the same individual.

Evidence is the natural logarithm of a likelihood ratio: how many times likelier this cosine is for one animal than for
two. 0 says nothing either way, 2.2 turns one to one into nine to one, and it adds to whatever else is known. There are
two curves for each species, because the question differs:

`photos`   one photo against one other. At even odds it is the probability that both show the same animal
           (`same_animal`), which `eval_recognition` measures.
`animals`  one photo against all photos of an animal, of which the best counts, as searches compare them: the more
           photos, the better a stranger's best one. Fitted at the odds of a search, one in GALLERY, where decisions
           are made (`probability`).

Curves are fitted for dogs and cats, by `manage.py fit_calibration`. Of any other species, or an unknown one, the curve
that says less counts at each cosine.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from animal.recognition.bundled import CALIBRATION, read_bundled

# About how many animals of its species, on the other side and within 50 km, a report is compared with; one is right.
GALLERY = 25
PRIOR_LOG_ODDS = -float(np.log(GALLERY - 1))
# Nothing that was measured is surer than this: one wrong pair in 3,000.
MOST_EVIDENCE = 8.0
# What the similarities of the first form of the file meant, as the chance of being right in a gallery of 25.
_FIRST_FORM_MEANINGS = {0.3: 0.1, 0.6: 0.5, 0.8: 0.9}

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """Straight lines between the knots: ``cosines`` rise, ``evidence`` never falls. Flat outside of the knots."""

    cosines: tuple[float, ...]
    evidence: tuple[float, ...]

    def __post_init__(self) -> None:
        is_whole = len(self.cosines) == len(self.evidence) > 1 and bool(np.isfinite(self.evidence).all())
        if not (is_whole and all(np.diff(self.cosines) > 0) and all(np.diff(self.evidence) >= 0)):
            raise ValueError("a curve needs as many cosines, rising, as evidence, which never falls")

    def __call__(self, cosines: ArrayLike) -> Floats:
        found: Floats = np.interp(np.asarray(cosines, np.float64), self.cosines, self.evidence)
        return np.clip(found, -MOST_EVIDENCE, MOST_EVIDENCE)


Curves = Mapping[str, Curve]


@dataclass(frozen=True)
class Calibration:
    """``registered_pet_threshold``: the probability that a pet must reach which nobody has reported lost."""

    photos: Curves
    animals: Curves
    registered_pet_threshold: float

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Calibration:
        """From the content of a calibration file, of this form or the first one, which older databases keep.

        Raises KeyError, TypeError or ValueError when it is none.
        """
        if "species" not in values:
            return _of_first_form(values)
        curves = {
            kind: {
                species: Curve(tuple(fitted[kind]["cosines"]), tuple(fitted[kind]["evidence"]))
                for species, fitted in values["species"].items()
            }
            for kind in ("photos", "animals")
        }
        if not curves["animals"]:
            raise ValueError("a calibration needs at least one species")
        return cls(**curves, registered_pet_threshold=float(values["registered_pet_threshold"]))

    def same_animal(self, cosines: ArrayLike, species: str) -> Floats:
        """The probability that two photos show one animal, when as many pairs do as do not."""
        return logistic(_evidence(self.photos, cosines, species))

    def evidence(self, cosines: ArrayLike, species: str) -> Floats:
        """How much the best cosine of a photo and an animal speaks for that animal."""
        return _evidence(self.animals, cosines, species)

    def probability(self, cosines: ArrayLike, species: str) -> Floats:
        """That it is this animal, of GALLERY animals, going by the photos alone."""
        return logistic(self.evidence(cosines, species) + PRIOR_LOG_ODDS)

    def cosine_for(self, probability: float, species: str) -> float:
        """The smallest cosine, to 0.0001, that reaches this probability; 1 when none does."""
        cosines = np.linspace(-1, 1, 20_001)
        place = int(np.searchsorted(self.probability(cosines, species), probability))
        return float(cosines[min(place, len(cosines) - 1)])


def logistic(log_odds: ArrayLike) -> Floats:
    """From log odds to probabilities."""
    return np.asarray(1 / (1 + np.exp(-np.asarray(log_odds, np.float64))))


def _evidence(curves: Curves, cosines: ArrayLike, species: str) -> Floats:
    if species in curves:
        return curves[species](cosines)
    least: Floats = np.min([curve(cosines) for curve in curves.values()], axis=0)
    return least


def _of_first_form(values: Mapping[str, Any]) -> Calibration:
    """One curve for all species, given at three similarities; its logistic is a straight line of log odds."""
    cosine_of = dict(zip(values["similarities"], values["cosines"], strict=True))
    points = sorted((cosine_of[said], np.log(p / (1 - p)) - PRIOR_LOG_ODDS) for said, p in _FIRST_FORM_MEANINGS.items())
    (low, least), (high, most) = points[0], points[-1]
    slope = (most - least) / (high - low)
    if not slope > 0:
        raise ValueError("the cosines of a calibration rise")
    curve = Curve((-1.0, 1.0), (float(least - slope * (low + 1)), float(least + slope * (1 - low))))
    return Calibration({"": curve}, {"": curve}, float(values["registered_pet_threshold"]))


@functools.cache
def bundled_calibration() -> Calibration:
    """The calibration of the bundled embedder. Raises ModelUnavailable when its file is unreadable or damaged."""
    return Calibration.from_values(bundled_calibration_values())


def bundled_calibration_values() -> dict[str, Any]:
    """The content of the calibration file. Raises ModelUnavailable as bundled_calibration does."""
    values: dict[str, Any] = json.loads(read_bundled(CALIBRATION))
    return values


def registered_pet_threshold() -> float:
    """The probability that a registered pet must reach when nobody has reported it lost."""
    return bundled_calibration().registered_pet_threshold
