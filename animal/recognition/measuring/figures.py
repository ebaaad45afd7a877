"""The figures of a set of photos under a protocol, as values that can be printed, drawn and written as JSON."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from animal.recognition.measuring.metrics import (
    Identification,
    PairCounts,
    Roc,
    count_pairs_between,
    count_pairs_within,
    identify,
    roc_of,
    top1_by_gallery_size,
)
from animal.recognition.measuring.photos import PhotoSet

GALLERY_SIZES = [100, 250, 500]
GALLERY_DRAWS = 5
STRICT_FALSE_POSITIVE_RATE = 1e-3
HISTOGRAM_BINS = 40


@dataclass(frozen=True)
class Figures:
    """``roc`` is None where there are no pairs of both sorts; ``served_top1`` counts unseen animals as misses."""

    protocol: str
    animals: int
    photos: int
    no_animal_seen: int
    identification: Identification
    served_top1: float
    pairs: PairCounts
    roc: Roc | None

    def as_dict(self) -> dict[str, Any]:
        roc, ranks = self.roc, self.identification
        return {
            "protocol": self.protocol,
            "animals": self.animals,
            "photos": self.photos,
            "no_animal_seen": self.no_animal_seen,
            "probes": len(ranks.ranks),
            "left_out": ranks.left_out,
            "top1": _rounded(ranks.top(1)),
            "top5": _rounded(ranks.top(5)),
            "top10": _rounded(ranks.top(10)),
            "map": _rounded(ranks.mean_average_precision),
            "eer": _rounded(roc.equal_error_rate if roc else math.nan),
            "auc": _rounded(roc.area if roc else math.nan),
            "tpr_at_fpr_1e-3": _rounded(roc.true_positives_at(STRICT_FALSE_POSITIVE_RATE) if roc else math.nan),
            "top1_as_served": _rounded(self.served_top1),
            "same_pairs": int(self.pairs.same.sum()),
            "different_pairs": int(self.pairs.different.sum()),
        }


def leave_one_out(photos: PhotoSet) -> Figures:
    """Every photo is a probe against all others; every pair of photos counts once."""
    return _figures("leave one out", photos, photos, np.arange(len(photos)))


def against_gallery(probes: PhotoSet, gallery: PhotoSet) -> Figures:
    """Every probe against every gallery photo. A photo that stands in both is not compared with itself.

    ``probes`` and ``gallery`` must number their animals alike (see ``aligned``).
    """
    place_of = {digest: place for place, digest in enumerate(gallery.digests)}
    own = np.array([place_of.get(digest, -1) for digest in probes.digests], np.int64)
    return _figures("probes against a gallery", probes, gallery, own)


def aligned(probes: PhotoSet, gallery: PhotoSet) -> PhotoSet:
    """The probes with the gallery's numbers for the same folder names, and new numbers for other animals."""
    names = list(gallery.names) + [name for name in probes.names if name not in gallery.names]
    number_of = {name: number for number, name in enumerate(names)}
    labels = np.array([number_of[probes.names[label]] for label in probes.labels], np.int64)
    return PhotoSet(
        tuple(names), labels, probes.vectors, probes.has_animal, probes.species, probes.digests, probes.unreadable
    )


def by_species(photos: PhotoSet) -> dict[str, Figures]:
    """Leave one out among the animals of each species, as searches compare them; species with two animals or more."""
    species_of = photos.animal_species()
    figures = {}
    for species in sorted(set(species_of.values())):
        names = {name for name, of in species_of.items() if of == species}
        if len(names) > 1:
            figures[species] = leave_one_out(photos.of_animals(names))
    return figures


def gallery_size_curve(photos: PhotoSet, *, seed: int) -> dict[int, float]:
    return top1_by_gallery_size(photos.vectors, photos.labels, GALLERY_SIZES, seed=seed, draws=GALLERY_DRAWS)


def _figures(protocol: str, probes: PhotoSet, gallery: PhotoSet, own: NDArray[np.int64]) -> Figures:
    found = identify(probes.vectors, probes.labels, gallery.vectors, gallery.labels, own=own)
    if probes is gallery:
        pairs = count_pairs_within(probes.vectors, probes.labels)
    else:
        pairs = count_pairs_between(probes.vectors, probes.labels, gallery.vectors, gallery.labels, own=own)
    return Figures(
        protocol=protocol,
        animals=len(np.unique(probes.labels)),
        photos=len(probes),
        no_animal_seen=int((~probes.has_animal).sum()),
        identification=found,
        served_top1=_served_top1(found, probes, gallery, own),
        pairs=pairs,
        roc=roc_of(pairs) if pairs.same.any() and pairs.different.any() else None,
    )


def _served_top1(found: Identification, probes: PhotoSet, gallery: PhotoSet, own: NDArray[np.int64]) -> float:
    """Top-1 as the service has it: photos on which no animal is seen are in no gallery and find nobody."""
    if not found.probes.size or (probes.has_animal.all() and gallery.has_animal.all()):
        return found.top(1)
    kept = np.flatnonzero(gallery.has_animal)
    place_of = np.full(len(gallery) + 1, -1)
    place_of[kept] = np.arange(len(kept))
    asked = np.flatnonzero(probes.has_animal)
    served = identify(
        probes.vectors[asked],
        probes.labels[asked],
        gallery.vectors[kept],
        gallery.labels[kept],
        own=place_of[own[asked]],
    )
    return float((served.ranks == 1).sum()) / len(found.probes)


def _rounded(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 5)
