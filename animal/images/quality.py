"""How good a photo is to recognise an animal by: light, sharpness and size, from its pixels alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

Box = tuple[float, float, float, float]

# Of 122 photos as people take them (cats at home, the demo's animals) none was darker; with a third of their light 93 %
# are.
DARK_LUMA = 70.0
# Of the same photos under 1 % were less sharp; blurred by 1 % of their width all are, by half of that 75 %.
BLURRED_SHARPNESS = 0.008
LUMA_SIDE, SHARPNESS_SIDE = 128, 256
# The networks look at the animal in 260x260 pixels: half of that has to be there.
SMALL_ANIMAL_PX = 130
# Noise in a dark or plain picture is no detail.
PLAIN_VARIANCE = 25.0


@dataclass(frozen=True)
class Quality:
    """`luma` 0..255: what the brightest tenth reaches. `sharpness`: the share of the contrast that is fine detail.
    `shorter_side_px`: of the part that was looked at."""

    luma: float
    sharpness: float
    shorter_side_px: float

    @property
    def is_dark(self) -> bool:
        return self.luma < DARK_LUMA

    @property
    def is_blurred(self) -> bool:
        """Nobody can tell for a dark picture, whose noise looks like detail, nor for a small one."""
        return self.sharpness < BLURRED_SHARPNESS

    @property
    def is_small(self) -> bool:
        return self.shorter_side_px < SMALL_ANIMAL_PX


def quality_of(picture: Pillow.Image, box: Box = (0.0, 0.0, 1.0, 1.0)) -> Quality:
    """Of the part of an upright RGB picture inside `box`, (left, top, right, bottom) in parts of width and height."""
    left, top, right, bottom = (part * side for part, side in zip(box, picture.size * 2, strict=True))
    grey = picture.convert("L").crop(
        (int(left), int(top), max(int(right), int(left) + 1), max(int(bottom), int(top) + 1))
    )
    return Quality(
        luma=float(np.percentile(_scaled(grey, LUMA_SIDE), 90)),
        sharpness=_sharpness(_scaled(grey, SHARPNESS_SIDE)),
        shorter_side_px=min(right - left, bottom - top),
    )


def _scaled(grey: Pillow.Image, side: int) -> NDArray[np.float32]:
    return np.asarray(grey.resize((side, side), Pillow.Resampling.BILINEAR, reducing_gap=3.0), np.float32)


def _sharpness(grey: NDArray[np.float32]) -> float:
    """Variance of the Laplacian (J. L. Pech-Pacheco et al., ICPR 2000), over that of the picture."""
    inner = 4 * grey[1:-1, 1:-1] - grey[:-2, 1:-1] - grey[2:, 1:-1] - grey[1:-1, :-2] - grey[1:-1, 2:]
    return float(inner.var() / max(float(grey.var()), PLAIN_VARIANCE))
