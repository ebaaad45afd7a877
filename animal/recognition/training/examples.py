"""Photos as training and export take them: cut as the service would, some dozens to read the layers' ranges from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from animal.recognition import crops, detector, pipeline
from animal.recognition.bundled import DETECTOR, SHA256, bundled_path
from animal.recognition.evaluation import find_photos, open_upright
from animal.recognition.networks import open_session
from animal.recognition.training.dataset import Cut, split_animals

# Of each species.
EXAMPLES = 48


def examples_of(
    first: Path, second: Path | None, *, crop: bool, folder: Path | None = None
) -> list[NDArray[np.float32]]:
    """Photos [1,3,side,side] of animals that something is learnt from, as the service feeds them to the network.

    ``crop`` as for the first folder; photos of the second are always cut. ``folder`` holds the detector (MODEL_DIR).
    Raises ModelUnavailable."""
    examples = []
    for directory, is_cut in ((first, crop), (second, True)):
        if directory is None:
            continue
        photos = find_photos(directory)
        taught, cut = set(split_animals([animal for animal, _ in photos]).training), cut_of(is_cut, folder)
        learnt = [path for animal, path in photos if animal in taught]
        chosen = learnt[:: max(1, len(learnt) // EXAMPLES)][:EXAMPLES]
        examples += [crops.backbone_input([cut(open_upright(path))]) for path in chosen]
    return examples


def cut_recipe(crop: bool) -> tuple[object, ...]:
    """What changes a cut, and more than that: every constant of the pipeline, and what finds the animal."""
    return crop, pipeline.constants(), *([SHA256[DETECTOR]] if crop else [])


def cut_of(crop: bool, folder: Path | None = None) -> Cut:
    """The whole picture, or the animal in it as the service would cut it out. Raises ModelUnavailable."""
    if not crop:
        return lambda image: crops.animal_crop(image, None)
    session = open_session(bundled_path(DETECTOR, folder))

    def cut(image: Image.Image) -> Image.Image:
        found = next(iter(detector.detect(image, lambda feed: session.run(None, dict(feed)))), None)
        return detector.cut_out(image, found)

    return cut
