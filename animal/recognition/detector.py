"""Finds animals in a picture with NanoDet-Plus 416 (COCO classes).

Network: RangiLyu, "NanoDet-Plus" (2021), https://github.com/RangiLyu/nanodet. Input BGR, normalised per channel, on a
canvas 416 pixels long; output per stride: class scores, and the distances to the four sides as distributions over 0..10
strides (X. Li et al., "Generalized Focal Loss", NeurIPS 2020).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from animal.recognition.crops import animal_crop, fitted, margin_of
from animal.recognition.pipeline import (
    BINS,
    CANVAS_GREY,
    COCO_SPECIES,
    DETECTOR_DEVIATION_BGR,
    DETECTOR_MEAN_BGR,
    DETECTOR_SIDE,
    MAX_OVERLAP,
    MIN_SCORE,
    STRIDES,
)

INPUT = "input_1"
MEAN_BGR = np.array(DETECTOR_MEAN_BGR, np.float32)
DEVIATION_BGR = np.array(DETECTOR_DEVIATION_BGR, np.float32)

Box = tuple[float, float, float, float]
Run = Callable[[Mapping[str, NDArray[np.float32]]], Sequence[NDArray[Any]]]


@dataclass(frozen=True)
class Detection:
    """An animal in a picture; the box is (left, top, right, bottom) as parts of width and height, 0..1."""

    species: str
    score: float
    box: Box

    @property
    def area(self) -> float:
        return (self.box[2] - self.box[0]) * (self.box[3] - self.box[1])

    @property
    def prominence(self) -> float:
        """How likely this is the animal that the picture is about: sure and large beats sure and far away."""
        return self.score * math.sqrt(self.area)


def detect(image: Image.Image, run: Run, *, min_score: float = MIN_SCORE) -> list[Detection]:
    """Every animal found, the most prominent first. ``run`` feeds the network and returns its six outputs."""
    canvas, scale, left, top = _letterbox(image)
    outputs = run({INPUT: _pixels(canvas)})
    boxes, scores, classes = _decode(outputs, canvas.width, min_score)
    boxes = (boxes - [left, top, left, top]) / (scale * np.array([image.width, image.height] * 2))
    found = [
        Detection(COCO_SPECIES[int(classes[i])], float(scores[i]), _clipped(boxes[i]))
        for i in _without_overlaps(boxes, scores)
    ]
    return sorted((one for one in found if one.area > 0), key=lambda one: one.prominence, reverse=True)


def cut_out(image: Image.Image, found: Detection | None) -> Image.Image:
    """The animal that was found, with as much around it as is good for its kind; the whole picture without one."""
    if found is None:
        return animal_crop(image, None)
    return animal_crop(image, found.box, margin=margin_of(found.species))


def network_input(image: Image.Image) -> dict[str, NDArray[np.float32]]:
    """What the network is fed with for a picture: [1,3,height,width], the longer of them 416."""
    return {INPUT: _pixels(_letterbox(image)[0])}


def _pixels(canvas: Image.Image) -> NDArray[np.float32]:
    # Turned while they are bytes, and changed in place: a third of the time of the plain formula.
    pixels = np.ascontiguousarray(np.asarray(canvas)[..., ::-1].transpose(2, 0, 1)).astype(np.float32)
    pixels -= MEAN_BGR[:, None, None]
    pixels /= DEVIATION_BGR[:, None, None]
    return pixels[None]


def _letterbox(image: Image.Image) -> tuple[Image.Image, float, int, int]:
    """The picture scaled into its canvas, as little grey beside it as the strides allow; with the scale and the offsets
    that lead back."""
    scale = DETECTOR_SIDE / max(image.size)
    width, height = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    across, down = (math.ceil(side / STRIDES[-1]) * STRIDES[-1] for side in (width, height))
    left, top = (across - width) // 2, (down - height) // 2
    canvas = Image.new("RGB", (across, down), CANVAS_GREY)
    canvas.paste(fitted(image, (width, height)), (left, top))
    return canvas, scale, left, top


def _decode(
    outputs: Sequence[NDArray[Any]], canvas_width: int, min_score: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Boxes in canvas pixels, scores and classes of every cell whose best animal class is sure enough."""
    wanted = np.array(list(COCO_SPECIES))
    boxes, scores, classes = [], [], []
    for level, stride in enumerate(STRIDES):
        animal_scores = outputs[level][0][:, wanted]
        cells = np.flatnonzero(animal_scores.max(1) > min_score)
        distribution = outputs[level + len(STRIDES)][0][cells].reshape(-1, 4, BINS)
        weights = np.exp(distribution - distribution.max(-1, keepdims=True))
        distance = (weights * np.arange(BINS)).sum(-1) / weights.sum(-1) * stride
        per_row = canvas_width // stride
        x, y = (cells % per_row + 0.5) * stride, (cells // per_row + 0.5) * stride
        corners = (x - distance[:, 0], y - distance[:, 1], x + distance[:, 2], y + distance[:, 3])
        boxes.append(np.stack(corners, 1))
        scores.append(animal_scores[cells].max(1))
        classes.append(wanted[animal_scores[cells].argmax(1)])
    return np.concatenate(boxes).astype(np.float64), np.concatenate(scores), np.concatenate(classes)


def _without_overlaps(boxes: NDArray[np.float64], scores: NDArray[np.float64]) -> list[int]:
    """Non-maximum suppression across classes: one animal seen as cat and as dog stays the surer of the two."""
    order, kept = list(np.argsort(-scores, kind="stable")), []
    while order:
        best = order.pop(0)
        kept.append(int(best))
        order = [other for other in order if _overlap(boxes[best], boxes[other]) < MAX_OVERLAP]
    return kept


def _overlap(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Intersection over union."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return float(shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared))


def shared_part(a: Box, b: Box) -> float:
    """How much of the smaller box lies in the other one, 0..1."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    smaller = min((box[2] - box[0]) * (box[3] - box[1]) for box in (a, b))
    return max(width, 0.0) * max(height, 0.0) / smaller if smaller > 0 else 0.0


def _clipped(box: NDArray[np.float64]) -> Box:
    left, top, right, bottom = (float(value) for value in np.clip(box, 0.0, 1.0))
    return left, top, right, bottom
