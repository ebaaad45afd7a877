"""The photographs of the demo, which tests read too; their provenance is written beside them."""

from __future__ import annotations

from django.conf import settings
from PIL import Image

from animal.recognition.evaluation import open_upright

FOLDER = settings.BASE_DIR / "animal" / "demo" / "photos"


def photo(name: str) -> Image.Image:
    return open_upright(FOLDER / name)
