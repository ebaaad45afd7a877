"""Animals that are drawn: as many as a test needs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw


def draw_animals(root: Path, animals: int = 12, photos: int = 3) -> Path:
    """Every animal is a colour and a shape; its photos differ in place and in light."""
    rng = np.random.default_rng(5)
    for animal in range(animals):
        folder = root / f"animal-{animal:02}"
        folder.mkdir(parents=True)
        fur, spots = rng.integers(0, 256, (2, 3))
        for number in range(photos):
            image = Image.new("RGB", (80, 80), tuple(int(value) for value in rng.integers(90, 160, 3)))
            left, top = (int(value) for value in rng.integers(5, 20, 2))
            draw = ImageDraw.Draw(image)
            draw.ellipse((left, top, left + 50, top + 40), fill=tuple(int(value) for value in fur))
            draw.rectangle((left + 10, top + 10, left + 10 + 3 * animal, top + 20), fill=tuple(map(int, spots)))
            image.save(folder / f"{number}.jpg")
    return root
