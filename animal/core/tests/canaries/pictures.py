"""Photos with everything in them that a camera and an editor can leave there, and a reader of their colours."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
from django.core.files.uploadedfile import SimpleUploadedFile
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageCms, PngImagePlugin

from animal.recognition.calibration import bundled_calibration_values
from animal.recognition.embedder import PhotoReading

BY_COLOUR = f"{__name__}.ByColour"
Colour = tuple[int, int, int]


class ByColour:
    """Chosen by the dotted path in EMBEDDING_PROVIDER. One colour is one animal; two have unrelated vectors."""

    name = "colour"
    version = "colours-of-canaries-1"

    @property
    def calibration(self) -> dict[str, Any]:
        return bundled_calibration_values()

    def read(self, images: Sequence[Pillow.Image]) -> list[PhotoReading]:
        return [PhotoReading(self._vector(image), "cat", 0.9, (0.0, 0.0, 1.0, 1.0), ()) for image in images]

    def embed(self, images: Sequence[Pillow.Image]) -> NDArray[np.float32]:
        return np.stack([self._vector(image) for image in images])

    def _vector(self, image: Pillow.Image) -> NDArray[np.float32]:
        shades = [round(shade / 64) for shade in image.resize((1, 1)).getpixel((0, 0))]  # type: ignore[union-attr]
        vector = np.random.default_rng(shades).normal(size=512).astype(np.float32)
        return vector / np.linalg.norm(vector)


def photo(colour: Colour, *, words: str, at: tuple[float, float], taken: datetime, name: str) -> SimpleUploadedFile:
    """A JPEG whose EXIF, XMP, ICC profile and comment, and whose file name, all say `words`."""
    exif = Pillow.Exif()
    for tag in (0x010E, 0x013B, 0x8298, 0x010F, 0x0110):  # Description, artist, copyright, make, model.
        exif[tag] = words
    exif[0x9C9D] = words.encode("utf-16-le")  # Author, as Windows writes it.
    details = exif.get_ifd(0x8769)
    details |= {
        0x9003: f"{taken:%Y:%m:%d %H:%M:%S}",
        0xA430: words,
        0xA431: words,
        0x9286: b"ASCII\0\0\0" + words.encode(),
    }
    places = exif.get_ifd(0x8825)
    places |= {1: "N", 2: _degrees(at[0]), 3: "E", 4: _degrees(at[1])}
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    xmp = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'><creator>{words}</creator></x:xmpmeta>".encode()
    buffer = io.BytesIO()
    Pillow.new("RGB", (64, 48), colour).save(
        buffer, "JPEG", exif=exif, xmp=xmp, icc_profile=profile + words.encode(), comment=words.encode()
    )
    return SimpleUploadedFile(name, buffer.getvalue(), content_type="image/jpeg")


def drawing(*, words: str, name: str) -> SimpleUploadedFile:
    """A PNG whose text chunks say `words`."""
    said = PngImagePlugin.PngInfo()
    said.add_text("Author", words)
    said.add_itxt("XML:com.adobe.xmp", f"<creator>{words}</creator>")
    buffer = io.BytesIO()
    Pillow.new("RGBA", (32, 32), (10, 200, 10, 90)).save(buffer, "PNG", pnginfo=said)
    return SimpleUploadedFile(name, buffer.getvalue(), content_type="image/png")


def _degrees(value: float) -> tuple[float, float, float]:
    minutes = abs(value) % 1 * 60
    return float(int(abs(value))), float(int(minutes)), round(minutes % 1 * 60, 4)
