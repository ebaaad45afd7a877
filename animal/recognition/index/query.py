"""What a search of the gallery asks and answers, whichever engine runs it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from animal.recognition.labels import CONFUSABLE, species_compatible
from animal.recognition.unit_vectors import DIMENSIONS, normalised


@dataclass(frozen=True)
class Hit:
    """A pet or a report, with the best cosine of any of its vectors to any probe vector."""

    kind: str
    object_id: int
    cosine: float


@dataclass(frozen=True, kw_only=True)
class SearchQuery:
    """`vectors` is [k,512] or [512]; an object's score is its best over all k. Every filter is optional.

    `species` lets compatible and unknown ones pass; say `species_detected` when it was read off a photo.
    `near` is (latitude, longitude, radius in km) against the blurred points; objects without a place pass it only
    with `allow_placeless`.
    `visible_to` is a user id: somebody else's private pet is left out unless it is reported lost. None shows all.
    `version` is that of the model which `vectors` come from; None means the one in use. Only its entries are compared.
    """

    vectors: NDArray[np.float32]
    kinds: Collection[str]
    limit: int
    sides: Collection[str] | None = None
    species: str | None = None
    species_detected: bool = False
    is_test: bool | None = None
    near: tuple[float, float, float] | None = None
    allow_placeless: bool = False
    exclude_owner: int | None = None
    visible_to: int | None = None
    version: str | None = None
    probes: NDArray[np.float32] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        probes = np.atleast_2d(np.asarray(self.vectors, dtype=np.float32))
        if probes.ndim != 2 or probes.shape[1] != DIMENSIONS or not len(probes) or not np.isfinite(probes).all():
            raise ValueError(f"vectors must be [k,{DIMENSIONS}] and finite, but have shape {probes.shape}")
        if self.limit < 1:
            raise ValueError("limit must be at least 1")
        object.__setattr__(self, "probes", normalised(probes))


@dataclass(frozen=True)
class SpeciesFilter:
    """`declared` species pass as such, `detected` ones also when a network read them off the entry's photo."""

    declared: frozenset[str]
    detected: frozenset[str]


def species_filter(query: SearchQuery) -> SpeciesFilter | None:
    """None when every species passes."""
    if not query.species:
        return None
    exact = frozenset({query.species, ""})
    others = {species for group in CONFUSABLE for species in group}
    loose = exact | {species for species in others if species_compatible(query.species, species, detected=True)}
    return SpeciesFilter(declared=loose if query.species_detected else exact, detected=loose)


def best_first(hits: Iterable[Hit], limit: int) -> list[Hit]:
    """The best hit of each object, best first; equals stand in a fixed order."""
    best: dict[tuple[str, int], Hit] = {}
    for hit in hits:
        key = (hit.kind, hit.object_id)
        if key not in best or hit.cosine > best[key].cosine:
            best[key] = hit
    return sorted(best.values(), key=lambda hit: (-hit.cosine, hit.kind, hit.object_id))[:limit]


class Index(Protocol):
    def search(self, query: SearchQuery) -> list[Hit]:
        """At most `query.limit` objects, best first. Raises IndexUnavailable."""
        ...
