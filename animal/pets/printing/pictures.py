"""The photo in its frame."""

from __future__ import annotations

from PIL import Image as Pillow
from PIL import ImageFilter, ImageOps

POINTS_PER_MM = 150 / 25.4  # Enough for paper that is looked at from an arm's length.
SMALL = 48  # A picture this small, enlarged, is a soft blur at a hundredth of the work of blurring a large one.


def framed(photo: Pillow.Image, width: float, height: float, *, per_unit: float = POINTS_PER_MM) -> Pillow.Image:
    """All of the photo, in the frame's proportions: what a panorama or a portrait leaves free shows the photo itself,
    softened and light. Nothing of the animal is cut off."""
    size = (max(1, round(width * per_unit)), max(1, round(height * per_unit)))
    whole = ImageOps.contain(photo, size, Pillow.Resampling.LANCZOS)
    if whole.size == size:
        return whole
    ground = ImageOps.fit(photo, (SMALL, max(1, round(SMALL * height / width))), Pillow.Resampling.BILINEAR)
    ground = ground.filter(ImageFilter.GaussianBlur(2)).resize(size, Pillow.Resampling.BICUBIC)
    frame = Pillow.blend(ground, Pillow.new("RGB", size, "white"), 0.55)
    frame.paste(whole, ((size[0] - whole.width) // 2, (size[1] - whole.height) // 2))
    return frame
