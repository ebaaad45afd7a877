"""Picture geometry in front of the networks: scaling, cutting out the animal, and the backbone's pixel format."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from animal.recognition.pipeline import (
    BACKBONE_SIDE,
    MARGIN,
    MARGINS,
    PIXEL_DEVIATION,
    PIXEL_MEAN,
    REDUCING_GAP,
    RESAMPLING,
)

Box = tuple[float, float, float, float]
WHOLE: Box = (0.0, 0.0, 1.0, 1.0)


def fitted(image: Image.Image, size: tuple[int, int], box: Box | None = None) -> Image.Image:
    """The picture, or the part inside ``box`` (in pixels), scaled to ``size``."""
    if image.mode != "RGB":  # To "convert" one that is RGB would copy it, some 6 MB.
        image = image.convert("RGB")
    return image.resize(size, RESAMPLING, box=box, reducing_gap=REDUCING_GAP)


def margin_of(species: str) -> float:
    """By which part of its width and height the box of such an animal grows on each side."""
    return MARGINS.get(species, MARGIN)


def animal_crop(image: Image.Image, box: Box | None, *, margin: float = MARGIN) -> Image.Image:
    """The animal, as a square of 260x260; the whole picture when there is no box.

    The shorter side takes in as much of what surrounds the animal as the picture has; the rest is stretched. Always
    stretching, or grey beside the animal, told real cats apart less well (see weights/MODEL_CARD.md).
    """
    if box is None:
        return fitted(image, (BACKBONE_SIDE, BACKBONE_SIDE))
    left, top, right, bottom = (part * side for part, side in zip(box, image.size * 2, strict=True))
    wider, taller = (right - left) * margin, (bottom - top) * margin
    left, right = max(left - wider, 0.0), min(right + wider, float(image.width))
    top, bottom = max(top - taller, 0.0), min(bottom + taller, float(image.height))
    across, down = right - left, bottom - top
    left, right = _widened(left, right, down, image.width)
    top, bottom = _widened(top, bottom, across, image.height)
    return fitted(image, (BACKBONE_SIDE, BACKBONE_SIDE), (left, top, right, bottom))


def _widened(start: float, stop: float, wanted: float, limit: float) -> tuple[float, float]:
    """The stretch around this one that is ``wanted`` long, or as long as it was if that is longer, within 0..limit."""
    length = min(max(wanted, stop - start), limit)
    first = min(max(start - (length - (stop - start)) / 2, 0.0), limit - length)
    return first, first + length


def backbone_input(crops: list[Image.Image]) -> NDArray[np.float32]:
    """[N,3,260,260] = (RGB - 127) / 128."""
    pixels = np.stack([np.asarray(crop, np.float32) for crop in crops])
    return np.ascontiguousarray(((pixels - PIXEL_MEAN) / PIXEL_DEVIATION).transpose(0, 3, 1, 2))
