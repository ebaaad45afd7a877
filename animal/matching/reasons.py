"""Why two animals may be the same, and why not, in words for both sides.

Both sides read these sentences before anybody has confirmed anything, so distances are those between the blurred
points, rounded: they say nothing that the map does not already show to everybody. Of chips only whether they agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.utils.translation import gettext_noop

from animal.core.geo import haversine_m
from animal.core.sentences import sentence, stand_in
from animal.matching.fusion import Contribution
from animal.matching.models import SAME_CHIP
from animal.matching.pairs import Candidate, breed_said, days_apart, described
from animal.recognition.calibration import PRIOR_LOG_ODDS, logistic
from animal.reports.models import Report

# The words for a probability: of the "likely" ones eight in ten are right, or more.
LIKELIHOODS = ((0.95, gettext_noop("very likely")), (0.8, gettext_noop("likely")), (0.0, gettext_noop("possible")))
UNLIKE = 0.3
PLURALS = {"sheep": "sheep", "fish": "fish"}

# Reasons are kept in English with the match, and read in each reader's language.
UNLIKE_PHOTOS = sentence("The photos do not look much alike (%(score)s)")
ALIKE_PHOTOS = sentence("The photos look alike (%(likelihood_word)s, %(score)s)")
NEAR = sentence("Less than 1 km from where %(name)s was last seen")
FAR = sentence("About %(km)s km from where %(name)s was last seen")
SAME_SPECIES = sentence("Both are %(kinds_word)s")
NOT_REPORTED = sentence("Nobody has reported %(name)s lost")
ABOUT_THE_DAY = sentence("Found about the day %(name)s was lost")
ON_THE_DAY = sentence("Found on the day %(name)s was lost")
THE_DAY_AFTER = sentence("Found the day after %(name)s was lost")
DAYS_AFTER = sentence("Found %(days)s days after %(name)s was lost")
CHIP_DIFFERS = sentence("The chip numbers differ")
SPECIES_UNSURE = sentence("Nobody has said for sure that both are of one species")
SPECIES_DIFFER = sentence("The species differ: %(name)s is %(one_word)s, the found one %(other_word)s")
SAME_BREED = sentence("Same breed: %(breed)s")
BREEDS_DIFFER = sentence("Different breeds: %(one)s and %(other)s")
SAME_SEX = sentence("Both are %(sex_word)s")
SEXES_DIFFER = sentence("The sexes differ: %(name)s is %(one_word)s, the found one %(other_word)s")
COLOURS_SHARED = sentence("Similar colours: %(name)s is %(one_words)s, the found one %(other_words)s")
COLOURS_DIFFER = sentence("The colours differ: %(name)s is %(one_words)s, the found one %(other_words)s")
SAME_SIZE = sentence("Both are %(size_word)s")
SIZES_NEAR = sentence("The sizes differ a little: %(name)s is %(one_word)s, the found one %(other_word)s")
SIZES_DIFFER = sentence("The sizes differ: %(name)s is %(one_word)s, the found one %(other_word)s")
THE_ANIMAL, THE_LOST_ANIMAL = stand_in("the animal"), stand_in("the lost animal")


def likelihood(probability: float) -> str:
    return next(word for least, word in LIKELIHOODS if probability >= least)


def public_distance_meters(lost: Report | None, found: Report) -> float | None:
    """Between the two blurred points, to 100 m; None when nobody reported the animal lost."""
    if lost is None:
        return None
    meters = haversine_m(*lost.public_point, *found.public_point)
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
        reasons.append(NOT_REPORTED % {"name": _name(candidate)})
    return reasons


def photos_sentence(evidence: float, before: float = PRIOR_LOG_ODDS) -> str:
    """What the photos alone say."""
    alone = float(logistic(evidence + before))
    if alone < UNLIKE:
        return UNLIKE_PHOTOS % {"score": f"{alone:.2f}"}
    return ALIKE_PHOTOS % {"likelihood_word": likelihood(alone), "score": f"{alone:.2f}"}


def where_sentence(meters: float, name: str) -> str:
    if round(meters, -2) >= 1000:
        return FAR % {"km": f"{meters / 1000:.1f}", "name": name}
    return NEAR % {"name": name}


def kind_sentence(species: str) -> str:
    return SAME_SPECIES % {"kinds_word": PLURALS.get(species, species + "s")}


def _name(candidate: Candidate) -> str:
    return candidate.animal_name or THE_ANIMAL


def _place(candidate: Candidate) -> list[str]:
    meters = public_distance_meters(candidate.lost, candidate.found)
    return [] if meters is None else [where_sentence(meters, _name(candidate))]


def _time(candidate: Candidate) -> list[str]:
    days, name = days_apart(candidate.lost, candidate.found), _name(candidate)
    if days is None:
        return []
    if days < 0:
        return [ABOUT_THE_DAY % {"name": name}]
    return [{0: ON_THE_DAY, 1: THE_DAY_AFTER}.get(days, DAYS_AFTER) % {"days": days, "name": name}]


def _both(said: str, what: str, article: str = "") -> Callable[[Candidate], str]:
    """What the two sides said of one thing."""

    def of(candidate: Candidate) -> str:
        one, other = getattr(described(*candidate.animal), what), getattr(described(candidate.found), what)
        ending = "word" if isinstance(one, str) else "words"
        one, other = (value if isinstance(value, str) else " and ".join(value) for value in (one, other))
        values = {f"one_{ending}": f"{article}{one}", f"other_{ending}": f"{article}{other}"}
        return said % {"name": candidate.animal_name or THE_LOST_ANIMAL, **values}

    return of


_SENTENCES: dict[str, Callable[[Candidate], str]] = {
    "chip_same": lambda candidate: SAME_CHIP,
    "chip_differs": lambda candidate: CHIP_DIFFERS,
    "species_same": lambda candidate: kind_sentence(described(candidate.found).species),
    "species_differs": _both(SPECIES_DIFFER, "species", "a "),
    "species_unsure": lambda candidate: SPECIES_UNSURE,
    "breed_same": lambda candidate: SAME_BREED % {"breed": breed_said(candidate.found)},
    "breed_differs": lambda candidate: (
        BREEDS_DIFFER % {"one": breed_said(*candidate.animal), "other": breed_said(candidate.found)}
    ),
    "sex_same": lambda candidate: SAME_SEX % {"sex_word": candidate.found.sex},
    "sex_differs": _both(SEXES_DIFFER, "sex"),
    "colours_shared": _both(COLOURS_SHARED, "colours"),
    "colours_differ": _both(COLOURS_DIFFER, "colours"),
    "size_same": lambda candidate: SAME_SIZE % {"size_word": candidate.found.size},
    "size_near": _both(SIZES_NEAR, "size"),
    "size_differs": _both(SIZES_DIFFER, "size"),
}
