"""What commands need to compare animals by heads that learnt from neither."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from tqdm import tqdm

from animal.recognition.bundled import RECOGNISER, bundled_path
from animal.recognition.measuring.features import FeatureReader, read_features
from animal.recognition.measuring.photos import folder_progress
from animal.recognition.training.heads import Heads


def shipped_heads(first: Path, second: Path, *, crop: bool) -> Heads:
    """Of the recogniser that is shipped, from the two folders that it was trained on; ``crop`` as then for the first.

    Features are kept in VAR_DIR/measuring. Raises ModelUnavailable.
    """
    recogniser, kept = bundled_path(RECOGNISER, settings.MODEL_DIR), settings.VAR_DIR / "measuring"
    return Heads(
        *(
            read_features(
                directory,
                FeatureReader(recogniser, settings.MODEL_DIR, crop=cut),
                kept,
                progress=folder_progress(directory),
            )
            for directory, cut in ((first, crop), (second, True))
        )
    )


def head_progress(steps: list[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    bar: Iterable[tuple[int, int]] = tqdm(steps, unit="head", disable=not sys.stderr.isatty())
    return bar
