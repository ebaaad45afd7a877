"""What becomes of a training: how well unseen animals are told apart with the head that is shipped, and without it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from animal.recognition.measuring.figures import Figures, against_gallery, leave_one_out
from animal.recognition.measuring.learnt import learnt_from
from animal.recognition.measuring.photos import PhotoSet, split_unseen
from animal.recognition.training.dataset import UNSEEN_PART, split_animals
from animal.recognition.training.heads import Heads, places_of, vectors_of
from animal.recognition.training.initial_head import Head
from animal.recognition.unit_vectors import normalised

SECOND_SPLITS = 3


def figures(heads: Heads, head: Head) -> dict[str, Any]:
    """With this `shipped_head`: of the animals that nothing was learnt from, after each step; and of the second
    species, by animal."""
    first, unseen = heads.first, split_animals(heads.first.names).unseen
    untrained, tuned = (_centred(part, heads.learnt_from) for part in heads.parts(first)[:2])
    shipped = vectors_of(head, first.vectors)
    steps = {"untrained features": untrained, "tuned features": tuned, "shipped": shipped}
    return {
        "unseen": {name: _unseen(first, unseen, vectors) for name, vectors in steps.items()},
        "second_species": _second(heads),
    }


def shipped_head(heads: Heads) -> Head:
    """For features as the file gives them."""
    return heads.without(unseen_of_second(heads))


def photos_learnt_from(heads: Heads) -> bytes:
    """The content of learnt_from.json: what either the backbone or the shipped head learns from."""
    split = split_animals(heads.first.names)
    taught: list[tuple[PhotoSet, Collection[str]]] = [(heads.first, {*split.training, *split.validation})]
    if heads.second is not None:
        taught.append((heads.second, set(heads.second.names) - set(unseen_of_second(heads))))
    return learnt_from(*taught)


def unseen_of_second(heads: Heads) -> Collection[str]:
    """The animals of the second species that the shipped head does not learn from."""
    return split_animals(heads.second.names).unseen if heads.second is not None else ()


def _second(heads: Heads) -> dict[str, Any]:
    """Of animals of the second species that the head was not fitted on, in several splits by animal, with what the
    untrained features make of the same animals."""
    rows: dict[str, Any] = {}
    second = heads.second
    if second is None:
        return rows
    for seed in range(SECOND_SPLITS):
        unseen = split_unseen(second.names, fraction=UNSEEN_PART, seed=seed)
        learnt_from = places_of(second, set(second.names) - unseen)
        fitted = vectors_of(heads.without(unseen), second.vectors)
        rows[f"split {seed}"] = _unseen(second, unseen, fitted)
        rows[f"split {seed}, untrained"] = _unseen(second, unseen, _centred(heads.parts(second)[0], learnt_from))
    for kind in ("", ", untrained"):
        splits = [rows[f"split {seed}{kind}"] for seed in range(SECOND_SPLITS)]
        rows[f"mean{kind}"] = _mean([row for row in splits if row and None not in row.values()])
    return rows


def _mean(rows: list[dict[str, Any]]) -> dict[str, float]:
    return {key: round(float(np.mean([row[key] for row in rows])), 5) for key in rows[0]} if rows else {}


def _centred(features: NDArray[np.float32], learnt_from: NDArray[np.int64]) -> NDArray[np.float32]:
    return normalised(features - features[learnt_from].mean(0))


def _unseen(photos: PhotoSet, unseen: Collection[str], vectors: NDArray[np.float32]) -> dict[str, float | None]:
    """Figures of these animals among themselves, and against all photos, as ``eval_recognition --unseen`` has them."""
    everything = replace(photos, vectors=vectors)
    probes = everything.of_animals(set(unseen))
    if len(probes) < 2:
        return {}
    alone = leave_one_out(probes).as_dict()
    return {"top1": alone["top1"], "eer": alone["eer"], "top1_against_all": _top1(against_gallery(probes, everything))}


def _top1(figures: Figures) -> float | None:
    top1: float | None = figures.as_dict()["top1"]
    return top1
