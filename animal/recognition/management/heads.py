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


def shipped_heads(first: Path, second: Path, *, crop: bool) -> Heads:
    """Of the recogniser that is shipped, from the two folders that it was trained on; ``crop`` as then for the first.

    Features are kept in VAR_DIR/measuring. Raises ModelUnavailable.
    """
    recogniser, kept = bundled_path(RECOGNISER, settings.MODEL_DIR), settings.VAR_DIR / "measuring"

    def read(directory: Path, animals: Collection[str] | None, *, crop: bool) -> PhotoSet:
        reader = FeatureReader(recogniser, settings.MODEL_DIR, crop=crop)
        return read_features(directory, reader, kept, animals=animals, progress=folder_progress(directory))

    # Of the first nothing else is learnt from.
    training = split_animals([animal for animal, _ in find_photos(first)]).training
    return Heads(read(first, set(training), crop=crop), read(second, None, crop=True))


def head_progress(steps: list[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    bar: Iterable[tuple[int, int]] = tqdm(steps, unit="head", disable=not sys.stderr.isatty())
    return bar
