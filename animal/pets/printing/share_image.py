"""The picture that other sites show for a case (Open Graph): 1200 x 630 pixels.

It is laid out as a page, by the code that lays out the poster, so that Devanagari is shaped here too: Pillow alone
shapes it only where the system has FriBiDi.
"""

from __future__ import annotations

import threading
from io import BytesIO

import pypdfium2
from django.utils import translation

from animal.pets.printing import words
from animal.pets.printing.canvas import ALERT, INK, LINE, MUTED, WHITE, Box, Canvas, Type
from animal.pets.printing.choices import SHARE_IMAGE_PX
from animal.pets.printing.facts import CaseFacts
from animal.pets.printing.pictures import framed

PX_PER_MM = 4.0  # Of the page that it is laid out on; any number does.
QUALITY = 82
GROUND = (240, 239, 235)

HEADING = Type(sizes=(40, 36, 32, 28, 24, 20), style="B", colour=WHITE, align="C")
NAME = Type(sizes=(66, 58, 50, 44, 38, 33, 29, 25, 22, 19), lines=4, style="B", colour=INK)
FACT = Type(sizes=(26, 24, 22, 20, 18, 16, 14), lines=3, colour=INK)
BRAND = Type(sizes=(22,), style="B", colour=MUTED)

# PDFium keeps its state in one place for all threads.
_one_at_a_time = threading.Lock()


def share_image_jpeg(facts: CaseFacts, *, language: str) -> bytes:
    width, height = (side / PX_PER_MM for side in SHARE_IMAGE_PX)
    with translation.override(language):
        heading = words.lost_heading(facts.species)
        canvas = Canvas(width, height, title=heading, language=language)
        photo = Box(0, 0, height, height)
        canvas.fill(Box(0, 0, width, height), WHITE)
        if facts.photo is None:
            canvas.fill(photo, GROUND)
            canvas.paw(photo.width / 2, photo.height / 2, photo.height * 0.5, LINE)
        else:
            canvas.picture(framed(facts.photo, photo.width, photo.height, per_unit=PX_PER_MM), photo)
        left, inner = photo.right + 9, width - photo.right - 18
        band = Box(left, 12, inner, 22)
        canvas.fill(band, ALERT, radius=3)
        canvas.text(heading, Box(left + 4, band.top, inner - 8, band.height), HEADING, middle=True)
        end = canvas.text(facts.name or facts.breed, Box(left, band.bottom + 4, inner, 52), NAME)
        for line in (words.seen_line(facts.seen_on), words.place_line(facts.place)):
            end = canvas.text(line, Box(left, end + 2, inner, max(8.0, min(24, height - 24 - end))), FACT)
        canvas.text("PawGle", Box(left, height - 18, inner, 12), BRAND)
        return _as_jpeg(canvas.output())


def _as_jpeg(page: bytes) -> bytes:
    with _one_at_a_time:
        document = pypdfium2.PdfDocument(page)
        try:
            picture = document[0].render(scale=PX_PER_MM * 25.4 / 72).to_pil().convert("RGB")
        finally:
            document.close()
    buffer = BytesIO()
    picture.resize(SHARE_IMAGE_PX).save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()
