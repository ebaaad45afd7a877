"""How likely two animals are one: what each thing known about them says, added up.

Evidence is the natural logarithm of a likelihood ratio (see `animal.recognition.calibration`): 0.7 doubles the odds,
2.2 makes nine of one, and what speaks against is negative. The sum begins at the odds of any one animal of a search.
The photos' evidence is measured; the other weights are stated until verdicts of people are there to measure them by,
and are held small, because a breed or a colour is on the photo as well. The table WEIGHTS is the whole model, and
docs/matching.md shows it to people; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from animal.recognition.calibration import PRIOR_LOG_ODDS, logistic
from animal.recognition.labels import species_compatible

MEASURED, STATED = "measured", "stated"


@dataclass(frozen=True)
class Weight:
    """``source``: MEASURED or STATED, and where it comes from."""

    evidence: float
    source: str
    why: str


WEIGHTS: dict[str, Weight] = {
    "before": Weight(PRIOR_LOG_ODDS, MEASURED, "one of 25 animals of its species within 50 km, as calibrated"),
    "chip_same": Weight(10.0, STATED, "a number is given to one animal; what is left is a slip in writing it down"),
    "chip_differs": Weight(-8.0, STATED, "few animals have two chips, few numbers are misread"),
    "sex_same": Weight(0.5, STATED, "half of all animals agree by chance; finders mistake one in ten"),
    "sex_differs": Weight(-1.6, STATED, "one in ten is mistaken, against one in two by chance"),
    "colours_shared": Weight(0.3, STATED, "the photo has shown it already"),
    "colours_differ": Weight(-0.8, STATED, "no colour in common, nor two that people take for each other"),
    "size_same": Weight(0.2, STATED, "a third agree by chance, and people judge sizes differently"),
    "size_near": Weight(-0.2, STATED, "one step apart"),
    "size_differs": Weight(-1.2, STATED, "small and large"),
    "breed_same": Weight(0.4, STATED, "the photo has shown most of it already"),
    "breed_differs": Weight(-0.5, STATED, "finders guess breeds, and owners name mixed ones as they like"),
    "species_same": Weight(0.0, MEASURED, "the photos' curves are fitted within a species"),
    "species_differs": Weight(-4.0, STATED, "in a photo search, where species is no filter; networks are rarely wrong"),
    "species_unsure": Weight(-0.3, STATED, "nobody said one of the two species, or a network took one for another"),
}
# Points of a line, straight between them and flat outside. Others read these reasons, so all distances are those
# between blurred points, which lie up to 0.8 km wrong: what is nearer than 1 km counts alike.
DISTANCE_KM = ((1.0, 1.5), (3.0, 1.0), (10.0, 0.0), (25.0, -0.7), (50.0, -1.3))
DISTANCE_WHY = (
    "stated: three of four missing cats are found within 500 m (Huang and others, Animals 2018, 8(1), 5); straight "
    "over the logarithm of the distance"
)
DAYS = ((-2, -1.0), (-1, -0.5), (0, 0.3), (7, 0.3), (30, 0.0), (180, -0.7), (365, -1.2))
DAYS_WHY = "stated: most come home within weeks or not at all (the same study); before the loss only by a wrong date"
# Together, all but photos and chip speak for a pair no more than this: where and what most animals are is alike.
MOST_FROM_CIRCUMSTANCES = 2.0
SURE_KEYS = frozenset({"before", "photos", "chip_same", "chip_differs"})
# Pairs of colours that one person calls this and another one that.
ALIKE_COLOURS = (
    frozenset({"brown", "ginger", "red", "cream"}),
    frozenset({"cream", "white", "yellow"}),
    frozenset({"grey", "black", "blue"}),
)
SIZES = ("small", "medium", "large")


@dataclass(frozen=True, kw_only=True)
class Description:
    """What is said of one animal; "" and () for what nobody said. ``breed`` is in lower case."""

    species: str = ""
    breed: str = ""
    chip: str = ""
    sex: str = ""
    size: str = ""
    colours: tuple[str, ...] = ()


@dataclass(frozen=True)
class Contribution:
    """``about``: a key of WEIGHTS, or "photos", "distance", "days"."""

    about: str
    evidence: float


@dataclass(frozen=True)
class Fused:
    """Everything that was added up, in the order in which reasons are told."""

    contributions: tuple[Contribution, ...]

    @property
    def log_odds(self) -> float:
        sure = sum(part.evidence for part in self.contributions if part.about in SURE_KEYS)
        rest = sum(part.evidence for part in self.contributions if part.about not in SURE_KEYS)
        if self.is_settled_by_chip:
            return WEIGHTS["before"].evidence + WEIGHTS["chip_same"].evidence
        return sure + min(rest, MOST_FROM_CIRCUMSTANCES)

    @property
    def probability(self) -> float:
        return float(logistic(self.log_odds))

    @property
    def is_settled_by_chip(self) -> bool:
        """Nothing else counts then."""
        return any(part.about == "chip_same" for part in self.contributions)


def fused(
    one: Description,
    other: Description,
    *,
    photos: float | None,
    distance_m: float | None = None,
    days: int | None = None,
    before: float = PRIOR_LOG_ODDS,
) -> Fused:
    """All that speaks for and against. ``photos``: their evidence, None when none were compared; ``distance_m``
    between blurred points; ``before``: the log odds that the search begins with."""
    parts = [Contribution("before", before)]
    parts += [Contribution(key, WEIGHTS[key].evidence) for key in _chips(one.chip, other.chip)]
    if photos is not None:
        parts.append(Contribution("photos", photos))
    if distance_m is not None:
        parts.append(Contribution("distance", _distance(distance_m / 1000)))
    if days is not None:
        parts.append(Contribution("days", _on_line(days, DAYS)))
    parts += [Contribution(key, WEIGHTS[key].evidence) for key in _descriptions(one, other)]
    return Fused(tuple(parts))


def _descriptions(one: Description, other: Description) -> list[str]:
    """Keys of WEIGHTS, of what both sides said."""
    keys = [_species(one.species, other.species)]
    if one.breed and other.breed:
        keys.append("breed_same" if one.breed == other.breed else "breed_differs")
    if one.sex and other.sex:
        keys.append("sex_same" if one.sex == other.sex else "sex_differs")
    if one.colours and other.colours:
        keys.append("colours_shared" if _share_a_colour(one.colours, other.colours) else "colours_differ")
    if one.size and other.size:
        steps = abs(SIZES.index(one.size) - SIZES.index(other.size))
        keys.append(("size_same", "size_near", "size_differs")[steps])
    return keys


def _species(one: str, other: str) -> str:
    if one and one == other:
        return "species_same"
    return "species_unsure" if species_compatible(one, other, detected=True) else "species_differs"


def _chips(one: str, other: str) -> list[str]:
    if not one or not other:
        return []
    return ["chip_same" if one == other else "chip_differs"]


def _share_a_colour(one: Sequence[str], other: Sequence[str]) -> bool:
    return any(a == b or any(a in group and b in group for group in ALIKE_COLOURS) for a in one for b in other)


def _distance(km: float) -> float:
    points = [(float(np.log(at)), evidence) for at, evidence in DISTANCE_KM]
    return _on_line(float(np.log(max(km, 0.001))), points)


def _on_line(at: float, points: Sequence[tuple[float, float]]) -> float:
    return float(np.interp(at, [x for x, _ in points], [y for _, y in points]))
