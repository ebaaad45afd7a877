"""Looking at printed pages as people and their phones do."""

from __future__ import annotations

import pypdfium2
import zxingcpp
from PIL import Image as Pillow
from PIL import ImageFilter

POINT_MM = 25.4 / 72


def rendered(pdf: bytes, dpi: int = 150) -> Pillow.Image:
    return pypdfium2.PdfDocument(pdf)[0].render(scale=dpi / 72).to_pil().convert("L")


def photographed(page: Pillow.Image, *, angle: float) -> Pillow.Image:
    """Held at an angle, out of focus, from far away: 40 % of the size. A phone enlarges what it reads."""
    picture = page.rotate(angle, expand=True, fillcolor=255, resample=Pillow.Resampling.BICUBIC)
    picture = picture.filter(ImageFilter.GaussianBlur(1.0))
    small = picture.resize((round(picture.width * 0.4), round(picture.height * 0.4)), Pillow.Resampling.LANCZOS)
    return small.resize((small.width * 2, small.height * 2), Pillow.Resampling.BICUBIC)


def codes_in(picture: Pillow.Image) -> list[str]:
    return [code.text for code in zxingcpp.read_barcodes(picture)]


def words_on(pdf: bytes) -> str:
    """The text of the first page, its lines joined."""
    return " ".join(pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_range().split())


def text_boxes(pdf: bytes) -> list[tuple[float, float, float, float]]:
    """(left, top, right, bottom) in millimetres from the upper left corner, of every piece of text."""
    page = pypdfium2.PdfDocument(pdf)[0]
    text, height = page.get_textpage(), page.get_height()
    found = []
    for number in range(text.count_rects()):
        left, bottom, right, top = text.get_rect(number)
        found.append((left * POINT_MM, (height - top) * POINT_MM, right * POINT_MM, (height - bottom) * POINT_MM))
    return found
