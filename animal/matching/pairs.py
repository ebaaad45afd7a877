"""A found report and the animal that it may be, with all that is known of the two."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from animal.core.geo import haversine_m
from animal.matching.fusion import Description, Fused, fused
from animal.pets.models import Pet
from animal.recognition.index.versions import Likeness
from animal.reports.models import Report
from animal.reports.selectors import NAMELESS
from animal.reports.species import species_declared

NO_BREED = frozenset({"", "n/a", "unknown", "other", "mixed", "mixed breed", "mix", "not sure"})


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A found report and the animal it may be: a lost report, a registered pet, or both when they belong together.

    `likeness` is None when no photos were compared: the chips' numbers brought the two together.
    """

    found: Report
    lost: Report | None
    pet: Pet | None
    likeness: Likeness | None

    @cached_property
    def fused(self) -> Fused:
        """All that speaks for and against. Distances and all that follows from them are those of blurred points."""
        one, other = described(*self.animal), described(self.found)
        return fused(
            one,
            other,
            photos=None if self.likeness is None else self.likeness.evidence(one.species or other.species),
            distance_m=self.distance_m,
            days=days_apart(self.lost, self.found),
        )

    @property
    def similarity(self) -> float:
        """The probability that it is this animal."""
        return self.fused.probability

    @property
    def cosine(self) -> float | None:
        return None if self.likeness is None else self.likeness.cosine

    @property
    def rank(self) -> tuple[float, float]:
        """Evidence may be equal at either end of the scale, where the cosines still differ."""
        return self.fused.log_odds, -1.0 if self.cosine is None else self.cosine

    @property
    def animal(self) -> list[Pet | Report]:
        """A pet comes before its report, which keeps a copy of what the pet was when it was filed."""
        return [part for part in (self.pet, self.lost) if part is not None]

    @property
    def distance_m(self) -> float | None:
        """Between the two blurred points; None when nobody reported the animal lost."""
        lost, found = self.lost, self.found
        if lost is None:
            return None
        return haversine_m(*lost.public_point, *found.public_point)

    @property
    def pair_key(self) -> str:
        """Names the animal, not the row it was recognised by; also that of a deleted pet, which may come back."""
        pet_id = self.pet.pk if self.pet else self.lost.pet_id if self.lost else None
        animal = f"pet:{pet_id}" if pet_id else f"report:{self.lost.pk if self.lost else 0}"
        return f"{animal}|found:{self.found.pk}"

    @property
    def is_question(self) -> bool:
        """Nobody has reported the animal lost: its owner is asked first."""
        return self.lost is None

    @property
    def owner_id(self) -> int:
        owner = self.lost.reporter_id if self.lost else self.pet.owner_id if self.pet else None
        if owner is None:
            raise ValueError("a candidate needs a lost report or a pet")
        return owner

    @property
    def animal_name(self) -> str:
        """What the owner calls it; "" when nobody said."""
        name = self.pet.name if self.pet else self.lost.pet_name if self.lost else ""
        return "" if name.strip().casefold() in NAMELESS else name


def described(*parts: Report | Pet) -> Description:
    """What is said of an animal, an earlier part before a later one, and people before what a network read off a
    photo."""
    return Description(
        species=_species(*parts),
        breed=breed_said(*parts).casefold(),
        chip=_first(part.chip_number for part in parts),
        sex=_first(part.sex for part in parts),
        size=_first(part.size for part in parts),
        colours=next((tuple(part.colours) for part in parts if part.colours), ()),
    )


def _species(*parts: Report | Pet) -> str:
    for part in parts:
        if part.species:
            return species_said(part)
    return _first(part.suggested_species for part in parts)


def species_said(part: Report | Pet) -> str:
    """What somebody chose; "" where a report's photo speaks against it."""
    return species_declared(part) if isinstance(part, Report) else part.species


def _first(values: Iterable[str]) -> str:
    return next((value for value in values if value), "")


def breed_said(*parts: Report | Pet) -> str:
    """The breed as somebody wrote it; "" when nobody named one."""
    breeds = [(part.pet_breed if isinstance(part, Report) else part.breed).strip() for part in parts]
    return _first(breed for breed in breeds if breed.casefold() not in NO_BREED)


def days_apart(lost: Report | None, found: Report) -> int | None:
    """Days from the loss to the finding; None when that is not known.

    Without a date somebody gave, the day of filing stands in: the animal was lost, or found, on that day or before.
    """
    if lost is None:
        return None
    found_on = found.last_seen_date or found.reported_at.date()
    if lost.last_seen_date is not None:
        return (found_on - lost.last_seen_date).days
    since_filing = (found_on - lost.reported_at.date()).days
    return since_filing if since_filing >= 0 else None
