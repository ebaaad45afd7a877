"""Makes the second photo of animals of which only one picture exists: same animal, visibly another shot.

`python -m animal.demo.render_second_photo` rewrites every rendered `b.jpg` below `photos/` from the `a.jpg` beside it.
It is deterministic; `photos/PROVENANCE.md` labels the results.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

PHOTOS = Path(__file__).resolve().parent / "photos"

Pixels = NDArray[np.float32]


@dataclass(frozen=True)
class Shot:
    """How the second photo differs. ``crop`` is left, top, right, bottom in parts of the turned picture."""

    crop: tuple[float, float, float, float] = (0.06, 0.05, 0.94, 0.97)
    turn: float = 7.0  # degrees, counter-clockwise
    lean: float = 0.12  # part of the height by which the far side shrinks, as if seen from the side
    mirror: bool = False
    light: float = 1.0  # factor on all channels
    contrast: float = 1.0
    warmth: float = 0.0  # positive is lamplight, negative is open shade
    blur: float = 0.8  # pixels, after scaling
    grain: float = 4.0  # standard deviation of sensor noise, of 255
    side: int = 480  # longest side of the result
    quality: int = 45


_LAMP = Shot(warmth=0.13, light=0.82, contrast=0.92)
_SHADE = Shot(warmth=-0.12, light=0.88, contrast=0.85)
_SUN = Shot(warmth=0.05, light=1.18, contrast=1.12, mirror=True)
_DUSK = Shot(warmth=-0.08, light=0.66, contrast=0.95, grain=7.0, mirror=True)

# The framing of each was chosen by eye: the animal stays whole enough to be recognised by a person.
SHOTS: dict[str, Shot] = {
    "chelsea": replace(_LAMP, crop=(0.05, 0.0, 0.97, 0.92), turn=-9, side=400),
    "rusty": replace(_SHADE, crop=(0.08, 0.05, 0.92, 0.88), turn=11, mirror=True),
    "minka": replace(_DUSK, crop=(0.0, 0.05, 1.0, 0.95), turn=-7, light=0.8),
    "rex": replace(_SUN, crop=(0.05, 0.0, 0.95, 0.95), turn=6),
    "bruno": replace(_DUSK, crop=(0.08, 0.26, 0.58, 1.0), turn=-5, light=0.75),
    "pepper": replace(_LAMP, crop=(0.08, 0.05, 0.98, 0.95), turn=6),
    "frost": replace(_DUSK, crop=(0.0, 0.1, 1.0, 0.95), turn=-4, light=0.85, grain=4.0, side=400),
    "dora": replace(_SUN, crop=(0.05, 0.08, 0.96, 0.98), turn=-6),
    "wooly": replace(_SHADE, crop=(0.1, 0.0, 0.95, 1.0), turn=-7, mirror=True),
    "berta": replace(_SHADE, crop=(0.0, 0.02, 1.0, 0.9), turn=8, side=420),
    "frieda": replace(_DUSK, crop=(0.02, 0.06, 0.98, 1.0), turn=-7, light=0.78, side=420),
    "snowy": replace(_LAMP, crop=(0.1, 0.1, 0.95, 1.0), turn=5, light=0.85, mirror=True),
    "aurelia": replace(_SUN, crop=(0.02, 0.02, 0.98, 0.98), turn=-6),
    "ruby": replace(_SHADE, crop=(0.15, 0.03, 0.9, 0.98), turn=-10, mirror=True),
}


def render(photo: Image.Image, shot: Shot, *, seed: int) -> Image.Image:
    """The second shot of ``photo`` (RGB). The seed only moves the grain."""
    turned = _lean(_turn(photo.convert("RGB"), shot.turn), shot.lean)
    left, top, right, bottom = shot.crop
    width, height = turned.size
    framed = turned.crop((round(left * width), round(top * height), round(right * width), round(bottom * height)))
    if shot.mirror:
        framed = framed.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    framed.thumbnail((shot.side, shot.side), Image.Resampling.LANCZOS)
    pixels = np.asarray(framed.filter(ImageFilter.GaussianBlur(shot.blur)), np.float32)
    noisy = _relight(pixels, shot) + np.random.default_rng(seed).normal(0, shot.grain, pixels.shape)
    return Image.fromarray(np.clip(noisy.round(), 0, 255).astype(np.uint8))


def _turn(photo: Image.Image, degrees: float) -> Image.Image:
    """Turned about the centre; the corners show the picture's own reflection instead of black."""
    across, down = photo.width // 4, photo.height // 4
    padded = np.pad(np.asarray(photo), ((down, down), (across, across), (0, 0)), mode="reflect")
    turned = Image.fromarray(padded).rotate(degrees, Image.Resampling.BICUBIC)
    return turned.crop((across, down, across + photo.width, down + photo.height))


def _lean(photo: Image.Image, amount: float) -> Image.Image:
    """Seen a little from the side: the right edge is spread, the left kept, and the width shrinks by half as much."""
    width, height = photo.size
    inset = amount * height / 2
    corners = (0, 0, 0, height, width, height - inset, width, inset)  # upper left, lower left, lower right, upper right
    narrower = (round(width * (1 - amount / 2)), height)
    return photo.transform(narrower, Image.Transform.QUAD, corners, Image.Resampling.BICUBIC)


def _relight(pixels: Pixels, shot: Shot) -> Pixels:
    gains = np.array([1 + shot.warmth, 1.0, 1 - shot.warmth], np.float32) * shot.light
    middle = 118.0
    lit: Pixels = (pixels - middle) * shot.contrast + middle
    return lit * gains


def main() -> None:
    animals = json.loads((PHOTOS / "animals.json").read_text(encoding="utf-8"))
    for animal in animals:
        if animal["second"] == "rendering":
            slug = animal["slug"]
            with Image.open(PHOTOS / slug / "a.jpg") as first:
                second = render(first, SHOTS[slug], seed=zlib.crc32(slug.encode()))
            second.save(PHOTOS / slug / "b.jpg", quality=SHOTS[slug].quality, optimize=True)


if __name__ == "__main__":
    main()
