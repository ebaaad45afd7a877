"""What commands need to compare animals by heads that learnt from neither."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable
from pathlib import Path

from django.conf import settings
from tqdm import tqdm

from animal.recognition.bundled import RECOGNISER, bundled_path
from animal.recognition.evaluation import find_photos
from animal.recognition.measuring.features import FeatureReader, read_features
from animal.recognition.measuring.photos import PhotoSet, folder_progress
from animal.recognition.training.dataset import split_animals
from animal.recognition.training.heads import Heads


def shipped_heads(first: Path, second: Path | None, *, crop: bool) -> Heads:
    """Of the recogniser that is shipped, from the folders that it was trained on; ``crop`` as then for the first.

    Features are kept in VAR_DIR/measuring. Raises ModelUnavailable.
    """
    # Of the first nothing else is learnt from.
    split = split_animals([animal for animal, _ in find_photos(first)])
    learnt_from = shipped_features(first, {*split.training, *split.validation}, crop=crop)
    return Heads(learnt_from, shipped_features(second, crop=True) if second else None)


def shipped_features(directory: Path, animals: Collection[str] | None = None, *, crop: bool) -> PhotoSet:
    """A folder's photos, or those of these animals, as the recogniser in use sees them. Raises ModelUnavailable."""
    return features_of(directory, bundled_path(RECOGNISER, settings.MODEL_DIR), animals, crop=crop)


def features_of(directory: Path, recogniser: Path, animals: Collection[str] | None = None, *, crop: bool) -> PhotoSet:
    """The same of any recogniser's file. Raises ModelUnavailable."""
    reader = FeatureReader(recogniser, settings.MODEL_DIR, crop=crop)
    kept = settings.VAR_DIR / "measuring"
    return read_features(directory, reader, kept, animals=animals, progress=folder_progress(directory))


def head_progress(steps: list[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    bar: Iterable[tuple[int, int]] = tqdm(steps, unit="head", disable=not sys.stderr.isatty())
    return bar
