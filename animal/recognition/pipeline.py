"""Every number on the way from a picture to its vector, beside the networks' own weights.

All that stands here is part of the embedder's version, under whatever name: vectors are compared only when nothing of
it differs. So a number that moves a vector belongs here and nowhere else, and what does not move one (species, breeds,
how many animals) stands with its code. A change of the way itself raises REVISION.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from PIL import Image

from animal.recognition import bundled

# Raise it when code changes what a picture's vector is and no number here does.
REVISION = 1

# Scaling. The gap first shrinks a picture by whole factors where it stays this much larger than what is wanted: the
# same result to the eye, in half the time.
RESAMPLING = Image.Resampling.BILINEAR
REDUCING_GAP = 1.5

# The detector's picture: NanoDet-Plus 416, BGR, normalised per channel; this is its longer side.
DETECTOR_SIDE = 416
DETECTOR_MEAN_BGR = (103.53, 116.28, 123.675)
DETECTOR_DEVIATION_BGR = (57.375, 57.12, 58.395)
CANVAS_GREY = (114, 114, 114)
# What its outputs mean, and which of them are detections.
STRIDES = (8, 16, 32)
BINS = 11
MIN_SCORE = 0.25
MAX_OVERLAP = 0.5
# COCO classes, counted from 0. Elephant, zebra and giraffe are left out: nobody reports one lost.
COCO_SPECIES = {14: "bird", 15: "cat", 16: "dog", 17: "horse", 18: "sheep", 19: "cow", 21: "bear"}

# The cut. The box grows by this part of its width and height on each side: the backbone learnt from dogs' faces with
# what is around them. Of a cat less than nothing: what lies along its box's edges is mostly what it lies on, and the
# same sofa under two cats costs more than the tip of an ear.
MARGIN = 0.15
MARGINS = {"cat": -0.04}
BACKBONE_SIDE = 260
PIXEL_MEAN = 127.0
PIXEL_DEVIATION = 128.0

# The gate. A detection below SURE_DETECTION needs the classes' consent: ImageNet's animal classes must hold this much
# of the cut. The detector alone also sees birds in hammers and cats in nebulae.
ANIMAL_CLASSES = range(398)
SURE_DETECTION = 0.5
MIN_ANIMAL_MASS_OF_CUT = 0.3
# A picture in which nothing was detected is still one of an animal (a rabbit, a hamster) above this.
MIN_ANIMAL_MASS_OF_WHOLE = 0.65


def constants() -> dict[str, Any]:
    """Every constant of this module by its name."""
    return {name: value for name, value in globals().items() if name.isupper()}


def digest(*further: object) -> str:
    """Twelve digits that change with every constant, with the networks, and with what is named beside them."""
    networks = {name: bundled.SHA256[name] for name in (bundled.DETECTOR, bundled.RECOGNISER)}
    told = json.dumps([constants() | networks, *map(repr, further)], sort_keys=True, default=list)
    return hashlib.sha256(told.encode()).hexdigest()[:12]
