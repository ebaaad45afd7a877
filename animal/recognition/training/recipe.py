"""What a training was made with: whether one may go on from a checkpoint, and which two may be averaged."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from animal.recognition.convert import CHECKPOINT_SHA256
from animal.recognition.training.dataset import CannotTrain, Pictures, Split

Recipe = dict[str, Any]

# Weights of two trainings lie near each other only when both began alike; and an animal that one of them has learnt
# must not be unseen to the other, or the figures of the average would be too good.
MUST_AGREE = {
    "photos": "other photos, or cuts of another size",
    "cut": "another cut",
    "split": "another split by animal",
    "backbone": "another backbone",
    "first_tuned": "other blocks tuned",
}


def training_recipe(options: Mapping[str, Any], pictures: Pictures, split: Split, cut: object) -> Recipe:
    return {
        **options,
        "cut": repr(cut),
        "photos": _digest(pictures.names, pictures.labels.tolist(), pictures.pixels.shape, pictures.fingerprint),
        "split": _digest(split.training, split.validation, split.unseen),
        "backbone": CHECKPOINT_SHA256,
    }


def refuse_to_go_on(path: Path, found: Recipe, recipe: Recipe) -> None:
    """Raises CannotTrain when the checkpoint at ``path`` is another training's."""
    changed = sorted(key for key in recipe.keys() | found.keys() if found.get(key) != recipe.get(key))
    if changed:
        raise CannotTrain(
            f"{path} belongs to a training with other data or options ({', '.join(changed)}). "
            "Give the same ones to go on with it, or another --out to begin anew."
        )


def refuse_to_average(path: Path, found: Recipe, recipe: Recipe) -> None:
    """Raises CannotTrain unless the checkpoint at ``path`` is of a training that began as this one did."""
    unlike = [words for key, words in MUST_AGREE.items() if found.get(key) != recipe.get(key)]
    if unlike:
        raise CannotTrain(
            f"{path} cannot be averaged with this training: it has {', '.join(unlike)}. "
            "Epochs, seed, patience and what a batch holds may differ."
        )


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()
