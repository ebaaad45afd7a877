"""Cosines with the animals they are of: what curves are fitted on and measured with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from animal.recognition.evaluation import LabelledPhoto, reunite
from animal.recognition.measuring.photos import PhotoSet

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Rows:
    """``cosines`` [n] of the animals ``first`` [n] and ``second`` [n], which are the same one where the numbers are."""

    cosines: Floats
    first: NDArray[np.int64]
    second: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.cosines)

    @property
    def same(self) -> NDArray[np.bool_]:
        is_same: NDArray[np.bool_] = self.first == self.second
        return is_same

    def only(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> Rows:
        return Rows(self.cosines[chosen], self.first[chosen], self.second[chosen])


def photo_pairs(photos: PhotoSet, *, most_photos: int = 3000) -> Rows:
    """Every pair of two photos, once; of a larger set those of so many animals, drawn at random, as have not more.

    Photos on which no animal is seen are compared with nothing, as in service.
    """
    seen = _at_most(photos.only(photos.has_animal), most_photos)
    first, second = np.triu_indices(len(seen), 1)
    cosines = (seen.vectors @ seen.vectors.T)[first, second]
    return Rows(cosines.astype(np.float64), seen.labels[first], seen.labels[second])


def _at_most(photos: PhotoSet, most: int) -> PhotoSet:
    if len(photos) <= most:
        return photos
    animals, counts = np.unique(photos.labels, return_counts=True)
    order = np.random.default_rng(0).permutation(len(animals))
    kept = order[np.cumsum(counts[order]) <= most]
    return photos.only(np.isin(photos.labels, animals[kept]))


def animal_rows(photos: PhotoSet) -> Rows:
    """Photos against animals, as a search compares them: each animal is known by one half of its photos and reported
    with the other one; then once more with all photos one place further, which changes the halves."""
    seen = photos.only(photos.has_animal)
    numbers = np.unique(seen.labels)
    both = []
    for turn in (0, 1):
        turned: list[LabelledPhoto] = []
        for number in numbers:
            own = [LabelledPhoto(str(number), None, vector) for vector in seen.vectors[seen.labels == number]]
            turned += own[turn:] + own[:turn]
        reunion = reunite(turned)
        report, animal = np.nonzero(reunion.cosines > -1)
        both.append(Rows(reunion.cosines[report, animal], numbers[reunion.truth[report]], numbers[animal]))
    return joined(both)


def joined(parts: Sequence[Rows]) -> Rows:
    return Rows(*(np.concatenate([getattr(rows, name) for rows in parts]) for name in ("cosines", "first", "second")))


def balanced(rows: Rows, *, most: int, seed: int) -> Rows:
    """As many rows of one animal as of two, at most ``most`` of each, drawn at random."""
    random = np.random.default_rng(seed)
    same, different = np.flatnonzero(rows.same), np.flatnonzero(~rows.same)
    count = min(most, len(same), len(different))
    drawn = [random.choice(places, count, replace=False) for places in (same, different)]
    return rows.only(np.concatenate(drawn))
