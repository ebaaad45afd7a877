"""The poster of a lost animal, on one page: heading, name, photo, facts, a large code, strips to tear off."""

from __future__ import annotations

from dataclasses import replace

from django.utils import translation

from animal.pets.printing import words
from animal.pets.printing.canvas import ALERT, LINE, MUTED, WHITE, Box, Canvas, Type
from animal.pets.printing.choices import PAPERS
from animal.pets.printing.codes import Code, code_of, shown_address
from animal.pets.printing.facts import CaseFacts
from animal.pets.printing.pictures import framed

MARGIN = 12.0  # More than any common printer leaves white.
HEADING_HEIGHT, NAME_HEIGHT = 27.0, 27.0
HEADING_INSET = 2.5  # Devanagari reaches above its line and below it.
STRIPS, STRIP_HEIGHT, STRIP_CODE = 7, 42.0, 22.0
FACTS_HEIGHT = 84.0
QR_SIDE = 58.0
LONG_NAME = 24  # Above this many characters the call at the code does without it: it stands above, in large type.
GROUND = (240, 239, 235)

HEADING = Type(sizes=(62, 56, 50, 46, 42, 38, 34, 30, 26), lines=1, style="B", colour=WHITE, align="C")
NAME = Type(sizes=(54, 48, 42, 37, 33, 29, 26, 23, 20, 17, 14), lines=3, style="B", align="C")
NO_PHOTO = Type(sizes=(20, 16), colour=MUTED, align="C")
FACT = Type(sizes=(19, 18, 17, 16, 15, 14, 13, 12, 11, 10), lines=3, style="B")
MORE = Type(sizes=(15, 14, 13, 12, 11, 10, 9), lines=9)
CALL = Type(sizes=(15, 14, 13, 12, 11, 10, 9), lines=4, style="B", align="C")
PROMISE = Type(sizes=(10, 9.5, 9, 8.5, 8), lines=3, align="C", colour=MUTED)
ADVICE = Type(sizes=(12, 11, 10, 9), lines=3, style="B", colour=ALERT)
STRIP_NAME = Type(sizes=(13, 12, 11, 10, 9, 8, 7, 6.5, 6, 5.5, 5), lines=4, style="B", align="C")
STRIP_SMALL = Type(sizes=(6.5, 6, 5.5, 5, 4.5, 4), lines=2, align="C", colour=MUTED)


def poster_pdf(facts: CaseFacts, *, address: str, paper: str, language: str) -> bytes:
    """`address` is where the code leads: there whoever saw the animal writes to the family.

    `paper` and `language` are keys of animal.pets.printing.choices.
    """
    width, height = PAPERS[paper]
    with translation.override(language):
        heading = words.lost_heading(facts.species)
        canvas = Canvas(width, height, title=heading, language=language)
        code = code_of(address, "Q")
        inner = width - 2 * MARGIN
        band = Box(MARGIN, MARGIN, inner, HEADING_HEIGHT)
        canvas.fill(band, ALERT, radius=3)
        heading_box = Box(band.left + 4, band.top + HEADING_INSET, inner - 8, band.height - 2 * HEADING_INSET)
        canvas.text(heading, heading_box, HEADING, middle=True)
        name = canvas.printable(facts.name)
        name_box = Box(MARGIN, band.bottom + 1, inner, NAME_HEIGHT)
        canvas.text(name or facts.breed, name_box, NAME, middle=True)
        strips = Box(MARGIN, height - MARGIN - STRIP_HEIGHT, inner, STRIP_HEIGHT)
        below = Box(MARGIN, strips.top - FACTS_HEIGHT - 3, inner, FACTS_HEIGHT)
        _photo(canvas, facts, Box(MARGIN, name_box.bottom + 1, inner, below.top - name_box.bottom - 6))
        _facts(canvas, facts, Box(MARGIN, below.top, inner - QR_SIDE - 12, below.height))
        _call(canvas, code, name, Box(width - MARGIN - QR_SIDE - 6, below.top, QR_SIDE + 6, below.height))
        _strips(canvas, address, code, name or heading, strips)
        return canvas.output()


def _photo(canvas: Canvas, facts: CaseFacts, box: Box) -> None:
    if facts.photo is None:
        canvas.fill(box, GROUND, radius=3)
        canvas.paw(box.left + box.width / 2, box.top + box.height * 0.4, box.height * 0.45, LINE)
        caption = Box(box.left, box.top + box.height * 0.72, box.width, box.height * 0.2)
        canvas.text(words.missing_photo(), caption, NO_PHOTO, middle=True)
        return
    canvas.picture(framed(facts.photo, box.width, box.height), box)
    canvas.outline(box, LINE)


def _facts(canvas: Canvas, facts: CaseFacts, box: Box) -> None:
    top = box.top
    for line in (words.seen_line(facts.seen_on), words.place_line(facts.place)):
        if line:
            top = canvas.text(line, Box(box.left, top, box.width, 22), FACT) + 1.5
    marks = [facts.breed if facts.name else "", words.sex_word(facts.sex), words.size_word(facts.size)]
    marks.append(words.looks(facts.colours))
    about = " · ".join(mark for mark in marks if mark)
    advice_height = 17.0
    for text in (about, facts.description):
        room = box.bottom - advice_height - top - 2
        if text and room > 5:
            top = canvas.text(text, Box(box.left, top, box.width, room), MORE) + 1.5
    canvas.text(words.advice(), Box(box.left, box.bottom - advice_height, box.width, advice_height), ADVICE)


def _call(canvas: Canvas, code: Code, name: str, box: Box) -> None:
    canvas.outline(box, ALERT, width=0.8, radius=3)
    inner = box.width - 6
    call = words.scan_call(name if len(name) <= LONG_NAME else "")
    end = canvas.text(call, Box(box.left + 3, box.top + 1.5, inner, 17), CALL)
    side = min(QR_SIDE, box.bottom - end - 11)
    canvas.code(code, box.left + (box.width - side) / 2, end + 0.5, side)
    canvas.text(words.scan_promise(), Box(box.left + 3, end + side + 0.5, inner, 9), PROMISE)


def _strips(canvas: Canvas, address: str, code: Code, name: str, box: Box) -> None:
    """To cut between, so that passers-by take one along."""
    canvas.line((box.left, box.top), (box.right, box.top), dashed=True)
    width = box.width / STRIPS
    name_box, address_box = Box(0, 0, width - 3, 11), Box(0, 0, width - 3, 6)
    named = canvas.fitted(name, name_box, STRIP_NAME)
    addressed = canvas.fitted(shown_address(address), address_box, STRIP_SMALL)
    for number in range(STRIPS):
        left = box.left + number * width
        if number:
            canvas.line((left, box.top), (left, box.bottom), dashed=True)
        canvas.put(named, replace(name_box, left=left + 1.5, top=box.top + 2), STRIP_NAME, middle=True)
        canvas.code(code, left + (width - STRIP_CODE) / 2, box.top + 13.5, STRIP_CODE)
        canvas.put(addressed, replace(address_box, left=left + 1.5, top=box.top + 36), STRIP_SMALL)
