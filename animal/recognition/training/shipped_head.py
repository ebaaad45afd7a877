"""The head that is shipped: differences between photos of one animal are made small, those between species left out.

It takes the untrained features beside the tuned ones, and what some blocks on the way to these see. Together they
recognise better than any of them, and the untrained ones have not forgotten the animals that training never showed.

Three steps make the matrix:

1. Directions in which ImageNet's classifier tells one species from all else, and the one in which the species that
   training saw differ on average, are removed. Species are compared on their own, and what all cats share says nothing
   about one cat: with it, unrelated cats had a cosine of 0.4.
2. The covariance within animals is made round, after it was pulled towards a sphere (A. Hatch, S. Kajarekar,
   A. Stolcke, "Within-class covariance normalization for SVM-based speaker recognition", Interspeech 2006; the pull is
   the shrinkage of O. Ledoit, M. Wolf, JMVA 2004, with a fixed strength). Light, pose and background differ most
   between photos of one animal, and count least afterwards.
3. The 512 directions with the largest variance are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from animal.recognition.training.initial_head import Head

SHRINKAGE = 0.6
# Of the covariances, when there are two species: the second folder has far fewer animals, and would not be heard by
# the number of its photos.
SECOND_SPECIES_WEIGHT = 0.5


@dataclass(frozen=True)
class Examples:
    """Photos of one species: ``features`` [n,k], ``animals`` [n] say who is on them."""

    features: NDArray[np.floating]
    animals: NDArray[np.int64]

    def within(self) -> NDArray[np.float64]:
        """[n,k]: how each photo differs from the mean of its animal."""
        names, places = np.unique(self.animals, return_inverse=True)
        means = np.zeros((len(names), self.features.shape[1]))
        np.add.at(means, places, self.features)
        means /= np.bincount(places)[:, None]
        difference: NDArray[np.float64] = self.features - means[places]
        return difference


def fit_shipped_head(species: Sequence[Examples], apart: NDArray[np.floating], dimensions: int) -> Head:
    """From one or two species' photos. ``apart`` [k,m]: orthonormal directions that tell species apart.

    Vectors have a root mean square length of one.
    """
    weights = [1.0] if len(species) == 1 else [1 - SECOND_SPECIES_WEIGHT, SECOND_SPECIES_WEIGHT]
    centre = middle_of(species)
    within = [_without(one.within(), apart) for one in species]
    spread = _mean_square(within, weights)
    spread = (1 - SHRINKAGE) * spread + SHRINKAGE * np.trace(spread) / len(spread) * np.eye(len(spread))
    # Any root of the inverse makes it round; Cholesky's is the cheapest, and how it is turned does not matter below.
    round_off = _without(np.linalg.inv(np.linalg.cholesky(spread)), apart).T
    if len(species) == 2:
        difference = (middle_of(species[1:]) - middle_of(species[:1])) @ round_off
        difference /= max(float(np.linalg.norm(difference)), 1e-12)
        round_off -= np.outer(round_off @ difference, difference)
    whole = [(one.features - centre) @ round_off for one in species]
    matrix = (round_off @ _largest(whole, weights, dimensions)).T
    lengths = [((one.features - centre) @ matrix.T) ** 2 for one in species]
    scale = np.sqrt(np.mean([float(length.sum(1).mean()) for length in lengths]))
    padded = np.zeros((dimensions, matrix.shape[1]))
    padded[: len(matrix)] = matrix / scale
    return Head(centre, padded, np.zeros(dimensions))


def middle_of(species: Sequence[Examples]) -> NDArray[np.float64]:
    """[k]: between the species, however many photos there are of each."""
    middle: NDArray[np.float64] = np.mean([one.features.mean(0, dtype=np.float64) for one in species], axis=0)
    return middle


def alike(parts: Sequence[NDArray[np.floating]], places: NDArray[np.int64]) -> list[float]:
    """What each part [n,k] of the features is divided by, so that they weigh alike, judged by the photos ``places``."""
    return [float((part[places] - part[places].mean(0)).std()) for part in parts]


def _without(rows: NDArray[np.float64], directions: NDArray[np.floating]) -> NDArray[np.float64]:
    """Rows [n,k] with what lies in these orthonormal directions [k,m] taken off."""
    result: NDArray[np.float64] = rows - (rows @ directions) @ directions.T
    return result


def _largest(rows: Sequence[NDArray[np.float64]], weights: Sequence[float], count: int) -> NDArray[np.float64]:
    """[k,count] orthonormal, or fewer: the directions of the largest weighted mean square, the largest first."""
    if sum(map(len, rows)) < rows[0].shape[1]:  # As many directions as rows are enough, and found much sooner.
        weighted = [one * np.sqrt(weight / len(one)) for weight, one in zip(weights, rows, strict=True)]
        few: NDArray[np.float64] = np.linalg.svd(np.concatenate(weighted), full_matrices=False)[2]
        return few[:count].T
    directions: NDArray[np.float64] = np.linalg.eigh(_mean_square(rows, weights))[1]
    return directions[:, ::-1][:, :count]


def _mean_square(rows: Sequence[NDArray[np.float64]], weights: Sequence[float]) -> NDArray[np.float64]:
    """[k,k]: of the rows' outer products."""
    total: NDArray[np.float64] = sum(weight * one.T @ one / len(one) for weight, one in zip(weights, rows, strict=True))  # type: ignore[assignment]
    return total
