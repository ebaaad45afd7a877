"""Why two animals may be the same, in words for both sides.

Both sides read these sentences before anybody has confirmed anything, so distances are those between the blurred
points, rounded: they say nothing that the map does not already show to everybody.
"""

from __future__ import annotations

from animal.core.geo import haversine_m
from animal.matching.candidates import Candidate, days_apart
from animal.reports.models import Report

LIKELIHOODS = ((0.8, "very likely"), (0.7, "likely"), (0.0, "possible"))
PLURALS = {"sheep": "sheep", "fish": "fish"}
NO_BREED = frozenset({"", "n/a", "unknown", "other", "mixed", "mixed breed", "mix", "not sure"})


def public_distance_meters(lost: Report | None, found: Report) -> float | None:
    """Between the two blurred points, to 100 m; None when nobody reported the animal lost."""
    if lost is None:
        return None
    meters = haversine_m(lost.public_latitude, lost.public_longitude, found.public_latitude, found.public_longitude)
    return round(meters, -2)


def reasons_for(candidate: Candidate) -> list[str]:
    """The likeness first, then place, time and what both sides said."""
    name = candidate.animal_name or "the animal"
    reasons = [_likeness(candidate.similarity)]
    meters = public_distance_meters(candidate.lost, candidate.found)
    if meters is not None:
        where = f"About {meters / 1000:.1f} km" if meters >= 1000 else "Less than 1 km"
        reasons.append(f"{where} from where {name} was last seen")
    days = days_apart(candidate.lost, candidate.found)
    if days is not None:
        reasons.append(_time(days, name))
    reasons += _kind(candidate)
    if candidate.is_question:
        reasons.append(f"Nobody has reported {name} lost")
    return reasons


def _likeness(similarity: float) -> str:
    word = next(word for least, word in LIKELIHOODS if similarity >= least)
    return f"The photos look alike ({word}, {similarity:.2f})"


def _time(days: int, name: str) -> str:
    if days < 0:
        return f"Found about the day {name} was lost"
    when = {0: "on the day", 1: "the day after"}.get(days, f"{days} days after")
    return f"Found {when} {name} was lost"


def _kind(candidate: Candidate) -> list[str]:
    found = candidate.found
    animals = [animal for animal in (candidate.lost, candidate.pet) if animal is not None]
    reasons = []
    species = found.species or found.suggested_species
    if species and species in {animal.species or animal.suggested_species for animal in animals}:
        reasons.append(f"Both are {PLURALS.get(species, species + 's')}")
    breed = found.pet_breed.strip()
    breeds = {
        (animal.pet_breed if isinstance(animal, Report) else animal.breed).strip().casefold() for animal in animals
    }
    if breed.casefold() not in NO_BREED and breed.casefold() in breeds:
        reasons.append(f"Same breed: {breed}")
    return reasons
