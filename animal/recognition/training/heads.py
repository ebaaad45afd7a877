"""Heads for the features of photos: the one that is shipped, and those that measure what it does for unseen animals."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from animal.recognition.convert import checkpoint_path
from animal.recognition.labels import CLASS_SPECIES
from animal.recognition.measuring.photos import PhotoSet
from animal.recognition.torch_weights import load_state_dict
from animal.recognition.training.dataset import split_animals
from animal.recognition.training.initial_head import Head
from animal.recognition.training.shipped_head import Examples, alike, fit_shipped_head
from animal.recognition.unit_vectors import DIMENSIONS, normalised


class Heads:
    """``first`` and ``second`` are photos of two species with features for vectors (``measuring.features``).

    The backbone learnt from the training animals of the first one, by its split; heads learn from those for validation
    as well."""

    def __init__(
        self, first: PhotoSet, second: PhotoSet | None, classifier: NDArray[np.floating] | None = None
    ) -> None:
        """``classifier`` [1000,k] reads the untrained features; by default it is ImageNet's."""
        self.first, self.second = first, second
        split = split_animals(first.names)
        self.validation: frozenset[str] = frozenset(split.validation)
        self.learnt_from = places_of(first, {*split.training, *split.validation})
        # Two numbers for all heads, which no few animals move.
        self._divisors = np.repeat(alike(halves(first), self.learnt_from), first.vectors.shape[1] // 2)
        if classifier is None:
            classifier = load_state_dict(checkpoint_path())["_fc.weight"]
        self._apart = self._species_apart(classifier.astype(np.float64))

    def without(self, second: Collection[str], *, first: Collection[str] = ()) -> Head:
        """The head that learns from all animals but these of the second species, these of the first, and those of the
        first that nothing learns from; for features as the file gives them.

        Its matrix is rounded as the file stores it.
        """
        left_out = places_of(self.first, first)
        species = [self._of(self.first, np.setdiff1d(self.learnt_from, left_out))]
        if self.second is not None:
            species.append(self._of(self.second, places_of(self.second, set(self.second.names) - set(second))))
        head = fit_shipped_head(species, self._apart, DIMENSIONS)
        matrix = (head.matrix / self._divisors).astype(np.float16).astype(np.float64)
        return Head(head.mean * self._divisors, matrix, head.offset)

    def _of(self, photos: PhotoSet, places: NDArray[np.int64]) -> Examples:
        return Examples(photos.vectors[places].astype(np.float64) / self._divisors, photos.labels[places])

    def _species_apart(self, classifier: NDArray[np.float64]) -> NDArray[np.float64]:
        """Directions [2k,m] of the untrained features in which the classifier tells species apart."""
        # The features that it reads have been divided; turned by as much, it reads the same.
        directions = species_directions(classifier * self._divisors[: classifier.shape[1]])
        return np.concatenate([directions, np.zeros_like(directions)])


def places_of(photos: PhotoSet, animals: Collection[str]) -> NDArray[np.int64]:
    """The places of these animals' photos, rising."""
    wanted = [number for number, name in enumerate(photos.names) if name in set(animals)]
    return np.flatnonzero(np.isin(photos.labels, wanted))


def halves(photos: PhotoSet) -> list[NDArray[np.float32]]:
    """[n,k] twice: the features of the untrained backbone, and those of the trained one."""
    half = photos.vectors.shape[1] // 2
    return [photos.vectors[:, :half], photos.vectors[:, half:]]


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
