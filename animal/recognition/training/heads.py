"""Heads for the features of photos: the one that is shipped, and those that measure what it does for unseen animals."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from animal.recognition.convert import checkpoint_path
from animal.recognition.labels import CLASS_SPECIES
from animal.recognition.measuring.photos import PhotoSet
from animal.recognition.torch_weights import load_state_dict
from animal.recognition.training.dataset import split_animals
from animal.recognition.training.initial_head import Head
from animal.recognition.training.shipped_head import Examples, alike, fit_shipped_head, middle_of
from animal.recognition.unit_vectors import DIMENSIONS, FEATURE_PARTS, normalised

# Of what blocks on the way see, this many directions of the largest variance: as good as all, in a third of the time.
LEVEL_DIRECTIONS = 256


class Heads:
    """``first`` and ``second`` are photos of two species with features for vectors (``measuring.features``).

    The backbone learnt from the training animals of the first one, by its split; heads learn from those for validation
    as well."""

    def __init__(
        self,
        first: PhotoSet,
        second: PhotoSet | None,
        classifier: NDArray[np.floating] | None = None,
        widths: Sequence[int] = FEATURE_PARTS,
    ) -> None:
        """``classifier`` [1000,k] reads the untrained features; by default it is ImageNet's. ``widths`` are those of
        the features' parts: untrained, tuned, and any number of levels."""
        self.first, self.second, self.widths = first, second, widths
        split = split_animals(first.names)
        self.validation: frozenset[str] = frozenset(split.validation)
        self.learnt_from = places_of(first, {*split.training, *split.validation})
        # For all heads the same, which no few animals move: the levels' directions, and what the parts are divided by.
        parts = self.parts(first)
        self._kept = [None, None, *map(self._directions, parts[2:])]
        kept = [part if basis is None else part @ basis for part, basis in zip(parts, self._kept, strict=True)]
        self._divisors = np.repeat(alike(kept, self.learnt_from), widths)
        if classifier is None:
            classifier = load_state_dict(checkpoint_path())["_fc.weight"]
        self._apart = self._species_apart(classifier.astype(np.float64))

    def parts(self, photos: PhotoSet) -> list[NDArray[np.float32]]:
        """[n,k] each: the features of the untrained backbone, those of the trained one, and those of its levels."""
        return np.split(photos.vectors, np.cumsum(self.widths)[:-1], axis=1)

    def without(self, second: Collection[str], *, first: Collection[str] = ()) -> Head:
        """The head that learns from all animals but these of the second species, these of the first, and those of the
        first that nothing learns from; for features as the file gives them.

        Its matrix is rounded as the file stores it.
        """
        left_out = places_of(self.first, first)
        species = [self._of(self.first, np.setdiff1d(self.learnt_from, left_out))]
        if self.second is not None:
            species.append(self._of(self.second, places_of(self.second, set(self.second.names) - set(second))))
        species = [one for one in species if len(one.features)]
        few = [Examples(self._reduced(one.features), one.animals) for one in species]
        head = fit_shipped_head(few, self._apart, DIMENSIONS)
        matrix = (self._expanded(head.matrix) / self._divisors).astype(np.float16).astype(np.float64)
        return Head(middle_of(species) * self._divisors, matrix, head.offset)

    def _of(self, photos: PhotoSet, places: NDArray[np.int64]) -> Examples:
        return Examples(photos.vectors[places].astype(np.float64) / self._divisors, photos.labels[places])

    def _directions(self, part: NDArray[np.float32]) -> NDArray[np.float64] | None:
        """[k,m] orthonormal; None for a part that is kept whole."""
        if part.shape[1] <= LEVEL_DIRECTIONS:
            return None
        taught = part[self.learnt_from].astype(np.float64)
        taught -= taught.mean(0)
        directions: NDArray[np.float64] = np.linalg.eigh(taught.T @ taught)[1][:, ::-1][:, :LEVEL_DIRECTIONS]
        return directions

    def _reduced(self, features: NDArray[np.floating]) -> NDArray[np.float64]:
        """[n,r]: each part in its directions."""
        parts = np.split(features, np.cumsum(self.widths)[:-1], axis=1)
        kept = zip(parts, self._kept, strict=True)
        return np.concatenate([part if basis is None else part @ basis for part, basis in kept], axis=1)

    def _expanded(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """A matrix [m,r] for reduced features as one [m,k] for whole ones."""
        counts = [
            width if basis is None else basis.shape[1] for width, basis in zip(self.widths, self._kept, strict=True)
        ]
        kept = zip(np.split(matrix, np.cumsum(counts)[:-1], axis=1), self._kept, strict=True)
        return np.concatenate([part if basis is None else part @ basis.T for part, basis in kept], axis=1)

    def _species_apart(self, classifier: NDArray[np.float64]) -> NDArray[np.float64]:
        """Directions [r,m] of the untrained features in which the classifier tells species apart."""
        # The features that it reads have been divided; turned by as much, it reads the same.
        directions = species_directions(classifier * self._divisors[: classifier.shape[1]])
        others = self._reduced(self._divisors[None]).shape[1] - len(directions)
        return np.concatenate([directions, np.zeros((others, directions.shape[1]))])


def places_of(photos: PhotoSet, animals: Collection[str]) -> NDArray[np.int64]:
    """The places of these animals' photos, rising."""
    wanted = [number for number, name in enumerate(photos.names) if name in set(animals)]
    return np.flatnonzero(np.isin(photos.labels, wanted))


def vectors_of(head: Head, features: NDArray[np.floating]) -> NDArray[np.float32]:
    """[n,512] of length one."""
    return normalised(head(features).astype(np.float32))


def species_directions(classifier: NDArray[np.float64]) -> NDArray[np.float64]:
    """[k,m] orthonormal: where ImageNet's classifier [1000,k] looks to tell one species from everything else."""
    centred = classifier - classifier.mean(0)
    rows = []
    for species in sorted(set(CLASS_SPECIES.values())):
        rows.append(centred[[number for number, name in CLASS_SPECIES.items() if name == species]].mean(0))
    basis: NDArray[np.float64] = np.linalg.qr(np.stack(rows, axis=1))[0]
    return basis
