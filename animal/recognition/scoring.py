"""How a photo is compared with an animal of which there are several photos."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from animal.recognition.unit_vectors import DIMENSIONS, normalised

# Two shots of one moment, or one picture uploaded twice: they say no more about the animal than one of them.
NEAR_DUPLICATE = 0.98


def distinct_photos(vectors: Sequence[NDArray[np.float32]]) -> list[int]:
    """Positions of the photos that count: of near-duplicates the first."""
    kept: list[int] = []
    for position, vector in enumerate(vectors):
        if all(float(vector @ vectors[other]) <= NEAR_DUPLICATE for other in kept):
            kept.append(position)
    return kept


def pet_vector(vectors: Sequence[NDArray[np.float32]]) -> NDArray[np.float32] | None:
    """The animal's own vector: the mean of its distinct photos, of length one. None without photos."""
    if not vectors:
        return None
    return normalised(np.mean([vectors[position] for position in distinct_photos(vectors)], axis=0))


def gallery_vectors(vectors: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """What a probe is compared with, [n,512]: the animal's own vector and each of its distinct photos."""
    own = pet_vector(vectors)
    if own is None:
        return np.empty((0, DIMENSIONS), np.float32)
    return np.stack([own, *(vectors[position] for position in distinct_photos(vectors))])


# Other ways to compare a photo with several, for `eval_reunion` to hold against the one that searches use.
GALLERIES = {
    "best of mean and photos": gallery_vectors,
    "mean alone": lambda vectors: gallery_vectors(vectors)[:1],
    "best photo alone": lambda vectors: gallery_vectors(vectors)[1:],
}


def best_cosine(probe: NDArray[np.float32], gallery: NDArray[np.float32]) -> float:
    """The score of a photo against an animal: the best of its gallery vectors. -1 when the gallery is empty."""
    return float((gallery @ probe).max()) if len(gallery) else -1.0
