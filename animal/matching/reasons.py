"""Why two animals may be the same, and why not, in words for both sides.

Both sides read these sentences before anybody has confirmed anything, so distances are those between the blurred
points, rounded: they say nothing that the map does not already show to everybody. Of chips only whether they agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from animal.core.geo import haversine_m
from animal.matching.fusion import Contribution
from animal.matching.models import SAME_CHIP
from animal.matching.pairs import Candidate, breed_said, days_apart, described
from animal.recognition.calibration import PRIOR_LOG_ODDS, logistic
from animal.reports.models import Report

# The words for a probability: of the "likely" ones eight in ten are right, or more.
LIKELIHOODS = ((0.95, "very likely"), (0.8, "likely"), (0.0, "possible"))
UNLIKE = 0.3
PLURALS = {"sheep": "sheep", "fish": "fish"}


def likelihood(probability: float) -> str:
    return next(word for least, word in LIKELIHOODS if probability >= least)


def public_distance_meters(lost: Report | None, found: Report) -> float | None:
    """Between the two blurred points, to 100 m; None when nobody reported the animal lost."""
    if lost is None:
        return None
    meters = haversine_m(lost.public_latitude, lost.public_longitude, found.public_latitude, found.public_longitude)
    return round(meters, -2)


def likeness_said(candidate: Candidate) -> dict[str, Any]:
    """What a match says of its pair; fields of PetMatch."""
    return {
        "similarity": round(candidate.similarity, 4),
        "cosine": candidate.cosine,
        "distance_meters": public_distance_meters(candidate.lost, candidate.found),
        "days_apart": days_apart(candidate.lost, candidate.found),
        "reasons": reasons_for(candidate),
    }


def heaviest_first(parts: Iterable[Contribution]) -> list[Contribution]:
    """What weighs most first, for or against; of equals in the order of the table."""
    return sorted(parts, key=lambda part: -abs(part.evidence))


def reasons_for(candidate: Candidate) -> list[str]:
    """What weighs most first, for and against."""
    reasons = []
    for part in heaviest_first(candidate.fused.contributions):
        if part.about == "photos":
            reasons.append(photos_sentence(part.evidence))
        elif part.about == "distance":
            reasons += _place(candidate)
        elif part.about == "days":
            reasons += _time(candidate)
        elif part.about in _SENTENCES:
            reasons.append(_SENTENCES[part.about](candidate))
    if candidate.is_question:
        reasons.append(f"Nobody has reported {_name(candidate)} lost")
    return reasons


def photos_sentence(evidence: float, before: float = PRIOR_LOG_ODDS) -> str:
    """What the photos alone say."""
    alone = float(logistic(evidence + before))
    if alone < UNLIKE:
        return f"The photos do not look much alike ({alone:.2f})"
    return f"The photos look alike ({likelihood(alone)}, {alone:.2f})"


def where_sentence(meters: float, name: str) -> str:
    where = f"About {meters / 1000:.1f} km" if round(meters, -2) >= 1000 else "Less than 1 km"
    return f"{where} from where {name} was last seen"


def kind_sentence(species: str) -> str:
    return f"Both are {PLURALS.get(species, species + 's')}"


def _name(candidate: Candidate) -> str:
    return candidate.animal_name or "the animal"


def _place(candidate: Candidate) -> list[str]:
    meters = public_distance_meters(candidate.lost, candidate.found)
    return [] if meters is None else [where_sentence(meters, _name(candidate))]


def _time(candidate: Candidate) -> list[str]:
    days, name = days_apart(candidate.lost, candidate.found), _name(candidate)
    if days is None:
        return []
    if days < 0:
        return [f"Found about the day {name} was lost"]
    when = {0: "on the day", 1: "the day after"}.get(days, f"{days} days after")
    return [f"Found {when} {name} was lost"]


def _both(what: str, article: str = "") -> Callable[[Candidate], str]:
    """A sentence of what the two sides said of one thing."""

    def sentence(candidate: Candidate) -> str:
        one, other = getattr(described(*candidate.animal), what), getattr(described(candidate.found), what)
        said, found = (value if isinstance(value, str) else " and ".join(value) for value in (one, other))
        return f"{candidate.animal_name or 'the lost animal'} is {article}{said}, the found one {article}{found}"

    return sentence


_SENTENCES: dict[str, Callable[[Candidate], str]] = {
    "chip_same": lambda candidate: SAME_CHIP,
    "chip_differs": lambda candidate: "The chip numbers differ",
    "species_same": lambda candidate: kind_sentence(described(candidate.found).species),
    "species_differs": lambda candidate: f"The species differ: {_both('species', 'a ')(candidate)}",
    "species_unsure": lambda candidate: "Nobody has said for sure that both are of one species",
    "breed_same": lambda candidate: f"Same breed: {breed_said(candidate.found)}",
    "breed_differs": lambda candidate: (
        f"Different breeds: {breed_said(*candidate.animal)} and {breed_said(candidate.found)}"
    ),
    "sex_same": lambda candidate: f"Both are {candidate.found.sex}",
    "sex_differs": lambda candidate: f"The sexes differ: {_both('sex')(candidate)}",
    "colours_shared": lambda candidate: f"Similar colours: {_both('colours')(candidate)}",
    "colours_differ": lambda candidate: f"The colours differ: {_both('colours')(candidate)}",
    "size_same": lambda candidate: f"Both are {candidate.found.size}",
    "size_near": lambda candidate: f"The sizes differ a little: {_both('size')(candidate)}",
    "size_differs": lambda candidate: f"The sizes differ: {_both('size')(candidate)}",
}
