"""A training in one file: killed at any moment, it goes on from the last one."""

from __future__ import annotations

import io
import pickle
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from animal.recognition.convert import write_atomically
from animal.recognition.training.dataset import CannotTrain
from animal.recognition.training.recipe import Recipe, refuse_to_average, refuse_to_go_on


@dataclass
class Progress:
    """Everything that a step changes. ``recipe`` tells trainings apart; ``best`` is the model of ``best_epoch``."""

    recipe: Recipe
    step: int = 0
    model: dict[str, Any] = field(default_factory=dict)
    averaged: dict[str, Any] = field(default_factory=dict)
    arcface: dict[str, Any] = field(default_factory=dict)
    optimiser: dict[str, Any] = field(default_factory=dict)
    best: dict[str, Any] = field(default_factory=dict)
    best_epoch: int = 0
    early_stop: tuple[float, int] = (float("-inf"), 0)
    measured: list[dict[str, Any]] = field(default_factory=list)


def save(path: Path, progress: Progress) -> None:
    stream = io.BytesIO()
    torch.save(vars(progress), stream)
    write_atomically(path, stream.getvalue())


def load(path: Path, recipe: Recipe) -> Progress | None:
    """None when there is none yet. Raises CannotTrain when it is not this training's, or is damaged."""
    if not path.exists():
        return None
    progress = _read(path)
    refuse_to_go_on(path, progress.recipe, recipe)
    return progress


def averaged_of(path: Path, recipe: Recipe) -> dict[str, Any]:
    """The weights that another training came to: its moving average, or its best one when it stopped early.

    Raises CannotTrain when there are none, or it did not begin as the one of this recipe.
    """
    progress = _read(path)
    refuse_to_average(path, progress.recipe, recipe)
    has_stopped_early = progress.best and progress.early_stop[1] >= progress.recipe["patience"]
    averaged = progress.best if has_stopped_early else progress.averaged
    if not averaged:
        raise CannotTrain(f"{path} holds no weights yet: its training has not come to its first checkpoint.")
    return averaged


def _read(path: Path) -> Progress:
    try:
        return Progress(**torch.load(path, map_location="cpu", weights_only=True))
    except (OSError, RuntimeError, pickle.UnpicklingError, TypeError, EOFError) as error:
        raise CannotTrain(f"The checkpoint {path} cannot be read: {error}. Remove it to begin anew.") from error
