"""What a cosine means: the evidence that two photos, or a photo and an animal, show the same individual.

Evidence is the natural logarithm of a likelihood ratio: how many times likelier this cosine is for one animal than for
two. 0 says nothing either way, 2.2 turns one to one into nine to one, and it adds to whatever else is known. There are
two curves for each species, because the question differs:

`photos`   one photo against one other. At even odds it is the probability that both show the same animal
           (`same_animal`), which `eval_recognition` measures.
`animals`  one photo against all photos of an animal, of which the best counts, as searches compare them: the more
           photos, the better a stranger's best one. Fitted at the odds of a search, one in GALLERY, where decisions
           are made (`probability`).

Curves are fitted for dogs and cats, by `manage.py fit_calibration`. Of any other species, or an unknown one, nothing
was measured: the curve that says less counts at each cosine, and only half of what it says for one animal.

Vectors of another model than the calibration was fitted with, such as those of a Space that its operator trusts, are
not measured at all. UNMEASURED stands in for them: it never says "likely", whatever else is known of the pair.
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
# Of a species without a curve of its own, this part of the evidence for one animal counts: two brown hens look more
# alike to a model that learnt from dogs and cats than two dogs do.
OTHER_SPECIES_SHARE = 0.5
# And never so much that with the most that circumstances add (2.0) they are called likely (0.8).
OTHER_SPECIES_MOST = 2.5
# What stands for a calibration of vectors that were never measured: at most as much as circumstances may add, so that
# photos and circumstances together stay below "likely". Networks for faces and animals commonly give pairs of strangers
# a cosine below 0.4 and pairs of one animal one above 0.7.
UNMEASURED_CURVE = {"cosines": [-1.0, 0.4, 0.7], "evidence": [-MOST_EVIDENCE, 0.0, 2.0]}
UNMEASURED: dict[str, Any] = {
    "embedder": "",
    "gallery": GALLERY,
    "registered_pet_threshold": 0.9,
    "species": {"": {"photos": UNMEASURED_CURVE, "animals": UNMEASURED_CURVE}},
}
# What the similarities of the first form of the file meant, as the chance of being right in a gallery of 25.
_FIRST_FORM_MEANINGS = {0.3: 0.1, 0.6: 0.5, 0.8: 0.9}

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """Straight lines between the knots: ``cosines`` rise, ``evidence`` never falls. Flat outside of the knots, never
    beyond ``least`` and ``most``, of which more was not measured."""

    cosines: tuple[float, ...]
    evidence: tuple[float, ...]
    least: float = -MOST_EVIDENCE
    most: float = MOST_EVIDENCE

    def __post_init__(self) -> None:
        is_whole = len(self.cosines) == len(self.evidence) > 1 and bool(np.isfinite(self.evidence).all())
        if not (is_whole and all(np.diff(self.cosines) > 0) and all(np.diff(self.evidence) >= 0)):
            raise ValueError("a curve needs as many cosines, rising, as evidence, which never falls")

    def __call__(self, cosines: ArrayLike) -> Floats:
        found: Floats = np.interp(np.asarray(cosines, np.float64), self.cosines, self.evidence)
        return np.clip(found, self.least, self.most)


Curves = Mapping[str, Curve]


@dataclass(frozen=True)
class Calibration:
    """``registered_pet_threshold``: the probability that a pet must reach which nobody has reported lost; ``embedder``:
    the version whose vectors it was fitted with. A curve for the species "" is for every species without one."""

    photos: Curves
    animals: Curves
    registered_pet_threshold: float
    embedder: str = ""

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Calibration:
        """From the content of a calibration file, of this form or the first one, which older databases keep.

        Raises KeyError, TypeError or ValueError when it is none.
        """
        if "species" not in values:
            return _of_first_form(values)
        curves = {
            kind: {species: _curve(fitted[kind]) for species, fitted in values["species"].items()}
            for kind in ("photos", "animals")
        }
        if not curves["animals"]:
            raise ValueError("a calibration needs at least one species")
        threshold = float(values["registered_pet_threshold"])
        return cls(**curves, registered_pet_threshold=threshold, embedder=str(values.get("embedder", "")))

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


def _curve(fitted: Mapping[str, Any]) -> Curve:
    limits = {name: float(fitted[name]) for name in ("least", "most") if name in fitted}
    return Curve(tuple(fitted["cosines"]), tuple(fitted["evidence"]), **limits)


def logistic(log_odds: ArrayLike) -> Floats:
    """From log odds to probabilities."""
    return np.asarray(1 / (1 + np.exp(-np.asarray(log_odds, np.float64))))


def _evidence(curves: Curves, cosines: ArrayLike, species: str) -> Floats:
    curve = curves.get(species) or curves.get("")
    if curve is not None:
        return curve(cosines)
    least: Floats = np.min([curve(cosines) for curve in curves.values()], axis=0)
    return np.where(least > 0, np.minimum(least * OTHER_SPECIES_SHARE, OTHER_SPECIES_MOST), least)


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
