"""What becomes of a training: the head that is shipped, and how well unseen animals are told apart with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from animal.recognition.convert import checkpoint_path
from animal.recognition.labels import CLASS_SPECIES
from animal.recognition.measuring.metrics import identify
from animal.recognition.measuring.photos import split_unseen
from animal.recognition.torch_weights import load_state_dict
from animal.recognition.training.dataset import UNSEEN_PART, Pictures, split_animals
from animal.recognition.training.initial_head import Head
from animal.recognition.training.loop import Training, leave_one_out
from animal.recognition.training.shipped_head import Examples, alike, fit_shipped_head
from animal.recognition.unit_vectors import DIMENSIONS, normalised

SECOND_SPLITS = 3


class Shipping:
    """``first`` are the photos that were trained on, as the service sees them; of ``second``, another species, only the
    head learns, and only from three quarters of its animals."""

    def __init__(self, training: Training, first: Pictures, second: Pictures | None) -> None:
        self.training, self.first, self.second = training, first, second
        split = training.split
        # Not from the validation animals: what cosines mean is fitted on them.
        self.learnt_from = first.of(split.training)
        self.unseen = first.of(split.unseen)
        parts = training.both_features(first)
        self.divisors = alike(parts, self.learnt_from)
        self.features = self._side_by_side(parts)
        self.second_features = self._side_by_side(training.both_features(second)) if second else None
        self.apart = self._apart()

    def head(self) -> Head:
        """For features as the network gives them, which have not been divided."""
        divisors = np.repeat(self.divisors, self.features.shape[1] // 2)
        head = self._fitted(None)
        return Head(head.mean * divisors, head.matrix / divisors, head.offset)

    def figures(self) -> dict[str, Any]:
        """Of the animals that nothing was learnt from, after each step; and of the second species, by animal."""
        half = self.features.shape[1] // 2
        untrained, tuned = self.features[:, :half], self.features[:, half:]
        plain, trained = (part - part[self.learnt_from].mean(0) for part in (untrained, tuned))
        head = self._fitted(None)
        figures = {
            "untrained features": _unseen(self.first, self.unseen, plain),
            "tuned features": _unseen(self.first, self.unseen, trained),
            "shipped": _unseen(self.first, self.unseen, head(self.features)),
        }
        return {"unseen": figures, "second_species": self._second_figures()}

    def _second_figures(self) -> dict[str, Any]:
        """Of animals of the second species that the head was not fitted on, in several splits by animal."""
        rows: dict[str, Any] = {}
        if self.second is None or self.second_features is None:
            return rows
        for seed in range(SECOND_SPLITS):
            unseen = split_unseen(self.second.names, fraction=UNSEEN_PART, seed=seed)
            places = self.second.of(unseen)
            head = self._fitted(self.second.of(set(self.second.names) - unseen))
            rows[f"split {seed}"] = _unseen(self.second, places, head(self.second_features))
        found = [row for row in rows.values() if row and None not in row.values()]
        rows["mean"] = {key: round(float(np.mean([row[key] for row in found])), 5) for key in found[0]} if found else {}
        return rows

    def _fitted(self, second: NDArray[np.int64] | None) -> Head:
        """The head for divided features; ``second``: places of the second species' photos. When None, those that the
        head that is shipped learns from: all but split 0's unseen animals."""
        species = [Examples(self.features[self.learnt_from], self.first.labels[self.learnt_from])]
        if self.second is not None and self.second_features is not None:
            unseen = set(split_animals(self.second.names).unseen)
            places = self.second.of(set(self.second.names) - unseen) if second is None else second
            species.append(Examples(self.second_features[places], self.second.labels[places]))
        return fit_shipped_head(species, self.apart, DIMENSIONS)

    def _side_by_side(self, parts: Sequence[NDArray[np.float32]]) -> NDArray[np.float64]:
        return np.concatenate(
            [part.astype(np.float64) / one for part, one in zip(parts, self.divisors, strict=True)], axis=1
        )

    def _apart(self) -> NDArray[np.float64]:
        """Directions [2k,m] of the untrained features in which the classifier tells species apart."""
        classifier = load_state_dict(checkpoint_path())["_fc.weight"].astype(np.float64)
        # The features that it reads have been divided; turned by as much, it reads the same.
        directions = species_directions(classifier * self.divisors[0])
        return np.concatenate([directions, np.zeros_like(directions)])


def species_directions(classifier: NDArray[np.float64]) -> NDArray[np.float64]:
    """[k,m] orthonormal: where ImageNet's classifier [1000,k] looks to tell one species from everything else."""
    centred = classifier - classifier.mean(0)
    rows = []
    for species in sorted(set(CLASS_SPECIES.values())):
        rows.append(centred[[number for number, name in CLASS_SPECIES.items() if name == species]].mean(0))
    basis: NDArray[np.float64] = np.linalg.qr(np.stack(rows, axis=1))[0]
    return basis


def _unseen(pictures: Pictures, places: NDArray[np.int64], vectors: NDArray) -> dict[str, float | None]:
    """Figures of these photos among themselves, and against all photos."""
    if len(places) < 2:
        return {}
    labels, unit = pictures.labels, normalised(vectors.astype(np.float32))
    against_all = identify(unit[places], labels[places], unit, labels, own=places)
    return {**leave_one_out(unit[places], labels[places]), "top1_against_all": round(against_all.top(1), 5)}
