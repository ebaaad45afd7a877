"""A sheet of one pet's tags, to print, cut out and put into a tag, a locket or a purse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from django.utils import translation

from animal.pets.printing import words
from animal.pets.printing.canvas import MUTED, Box, Canvas, Type
from animal.pets.printing.choices import PAPERS, TAG_SIZES, TagSize
from animal.pets.printing.codes import Code, shown_address, tag_code
from animal.pets.printing.facts import discreet
from animal.pets.tags import tag_address, tag_grouped

MARGIN = 12.0
HEAD = 14.0
GAP = 7.0  # Between two tags: room for the marks of both, and for scissors.
MARK_LENGTH, MARK_OFF = 2.5, 0.7
RULER = 50.0

NAME_BELOW = Type(sizes=(12, 11, 10, 9, 8, 7, 6, 5.5, 5, 4.5), lines=4, style="B", align="C")
CARD_NAME = Type(sizes=(17, 15, 13, 12, 11, 10, 9, 8, 7), lines=5, style="B")
CARD_TEXT = Type(sizes=(9.5, 9, 8.5, 8, 7.5, 7, 6.5), lines=5)
CARD_SMALL = Type(sizes=(6.5, 6, 5.5, 5, 4.5), lines=2, colour=MUTED)
ADVICE = Type(sizes=(9, 8, 7, 6), lines=1, colour=MUTED)


def tag_sheet_pdf(*, animal_id: str, name: str, size: str, paper: str, language: str) -> bytes:
    """As many tags as the paper holds. An empty name leaves the name out.

    `size`, `paper` and `language` are keys of animal.pets.printing.choices.
    """
    tag, (width, height) = TAG_SIZES[size], PAPERS[paper]
    with translation.override(language):
        canvas = Canvas(width, height, title="PawGle", language=language)
        name = canvas.printable(discreet(name))
        _head(canvas, width)
        code = tag_code(animal_id)
        below = Box(0, 0, tag.width - 2, tag.name_height - 0.8)
        fitted = canvas.fitted(name, below, NAME_BELOW)
        for box in _places(tag, width, height, named=bool(name)):
            _cut_marks(canvas, box)
            if size == "card":
                _card(canvas, box, code, animal_id, name)
                continue
            canvas.code(code, box.left, box.top, tag.code)
            # From the quiet zone on down, which the name keeps clear of.
            canvas.put(fitted, replace(below, left=box.left + 1, top=box.top + tag.code), NAME_BELOW, middle=True)
        return canvas.output()


def _head(canvas: Canvas, width: float) -> None:
    """A ruler by which one sees whether the printer has scaled the page, which printers do unasked."""
    box = Box(MARGIN, MARGIN, width - 2 * MARGIN - RULER - 4, 5)
    canvas.text(words.print_advice(), box, ADVICE)
    left, top = width - MARGIN - RULER, MARGIN + 2.5
    canvas.line((left, top), (left + RULER, top))
    for end in (left, left + RULER):
        canvas.line((end, top - 1.5), (end, top + 1.5))


def _places(tag: TagSize, width: float, height: float, *, named: bool) -> Iterator[Box]:
    """The tags' places, centred on the paper."""
    tall = tag.height + (tag.name_height if named else 0.0)
    columns = int((width - 2 * MARGIN + GAP) / (tag.width + GAP))
    rows = int((height - 2 * MARGIN - HEAD + GAP) / (tall + GAP))
    left = (width - columns * (tag.width + GAP) + GAP) / 2
    for row in range(rows):
        for column in range(columns):
            yield Box(left + column * (tag.width + GAP), MARGIN + HEAD + row * (tall + GAP), tag.width, tall)


def _cut_marks(canvas: Canvas, box: Box) -> None:
    """Two short lines at each corner, outside of the tag."""
    for x, outwards in ((box.left, -1), (box.right, 1)):
        for y, upwards in ((box.top, -1), (box.bottom, 1)):
            near, far = MARK_OFF, MARK_OFF + MARK_LENGTH
            canvas.line((x + outwards * near, y), (x + outwards * far, y))
            canvas.line((x, y + upwards * near), (x, y + upwards * far))


def _card(canvas: Canvas, box: Box, code: Code, animal_id: str, name: str) -> None:
    side = TAG_SIZES["card"].code
    canvas.code(code, box.left + 1, box.top + (box.height - side) / 2, side)
    left = box.left + side + 1
    column = Box(left, box.top + 6, box.right - left - 4, box.height - 12)
    end = canvas.text(words.tag_greeting(name), Box(left, column.top, column.width, 20), CARD_NAME)
    canvas.text(words.tag_request(), Box(left, end + 1.5, column.width, 15), CARD_TEXT)
    lines = (shown_address(tag_address(animal_id)).removesuffix(animal_id).rstrip("/"), tag_grouped(animal_id))
    foot = column.bottom - 2 * 4.4
    canvas.text(lines[0], Box(left, foot - 0.6, column.width, 5), CARD_SMALL)
    canvas.text(lines[1], Box(left, foot + 4.4, column.width, 5), CARD_SMALL)
