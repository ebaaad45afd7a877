"""A PDF page that fits text into boxes. Lengths in millimetres, sizes of type in points."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Literal, cast

import fontpkg
from fpdf import FPDF
from fpdf.enums import MethodReturnValue
from fpdf.fonts import TTFFont
from PIL import Image as Pillow

from animal.pets.printing.codes import Code

# They tell of every glyph that a document holds, and so of every name.
for library in ("fontTools", "fpdf"):
    logging.getLogger(library).setLevel(logging.WARNING)

POINT_MM = 25.4 / 72
# Fira Sans has Latin, Greek and Cyrillic, Hind Devanagari; fpdf2 takes each character from the first that has it.
TEXT, DEVANAGARI = "Fira Sans", "Hind"
WEIGHTS = {"": 400, "B": 700}
# Of the size of type. Devanagari stacks its vowel signs above the line and its conjuncts below it.
LEADING = 1.22
JPEG_QUALITY = 85
# What places glyphs has done so by the time that a font is written: it is left out of the document in any case, and
# reading it first takes a third of a second.
LAYOUT_TABLES = ("GSUB", "GPOS", "GDEF")
# Not the space that keeps two words in one line, which French sets before a question mark.
BREAKABLE = re.compile(r"[^\S\u00a0\u202f]+")

Colour = tuple[int, int, int]
INK: Colour = (31, 36, 48)
MUTED: Colour = (89, 97, 115)
LINE: Colour = (190, 190, 186)
ALERT: Colour = (176, 42, 24)
WHITE: Colour = (255, 255, 255)


@dataclass(frozen=True)
class Box:
    left: float
    top: float
    width: float
    height: float

    @property
    def bottom(self) -> float:
        return self.top + self.height

    @property
    def right(self) -> float:
        return self.left + self.width


@dataclass(frozen=True)
class Type:
    """How text is set: the sizes that may be tried, largest first, and how many lines it may take."""

    sizes: Sequence[float]
    lines: int = 1
    style: Literal["", "B"] = ""
    colour: Colour = INK
    align: Literal["L", "C"] = "L"


@dataclass(frozen=True)
class Fitted:
    size: float
    lines: list[str]


class Canvas:
    def __init__(self, width: float, height: float, *, title: str, language: str) -> None:
        self._pdf = pdf = FPDF(unit="mm", format=(width, height))
        pdf.set_auto_page_break(False)
        pdf.set_margin(0)
        pdf.c_margin = 0
        pdf.set_title(title)
        pdf.set_lang(language)
        self._font_add(TEXT)
        pdf.set_text_shaping(True)
        pdf.add_page()

    def _font_add(self, family: str) -> None:
        for style, weight in WEIGHTS.items():
            self._pdf.add_font(family, style, fontpkg.path(family, weight=weight))

    def output(self) -> bytes:
        for font in self._pdf.fonts.values():
            for table in LAYOUT_TABLES:
                if isinstance(font, TTFFont) and table in font.ttfont:
                    del font.ttfont[table]
        return bytes(self._pdf.output())

    # --- text ---------------------------------------------------------------------------------------------------------

    def text(self, text: str, box: Box, how: Type, *, middle: bool = False) -> float:
        """Set the text at the largest size at which it fits into the box, and return where it ends (its bottom).

        What fits at no size is cut at the smallest one, with an ellipsis.
        """
        return self.put(self.fitted(text, box, how), box, how, middle=middle)

    def fitted(self, text: str, box: Box, how: Type) -> Fitted:
        """The text as `put` sets it, into any box of the same size. No lines for a text that no font of ours has."""
        text = self.printable(text)
        return Fitted(*self._fitted(text, box, how)) if text else Fitted(how.sizes[-1], [])

    def put(self, fitted: Fitted, box: Box, how: Type, *, middle: bool = False) -> float:
        leading = _line_height(fitted.size)
        height = len(fitted.lines) * leading
        top = box.top + (max(0.0, (box.height - height) / 2) if middle else 0.0)
        self._font(how, fitted.size)
        for number, line in enumerate(fitted.lines):
            self._font_again(how, fitted.size)
            self._pdf.set_xy(box.left, top + number * leading)
            self._pdf.cell(box.width, leading, line, align=how.align)
        return top + height

    def _fitted(self, text: str, box: Box, how: Type) -> tuple[float, list[str]]:
        size, lines = how.sizes[-1], [text]
        for size in how.sizes:
            self._font(how, size)
            lines = self._wrapped(text, box.width)
            if len(lines) <= _room(box, how, size) and self._has_whole_words(text, box.width):
                return size, lines
        return size, self._cut(lines, max(1, _room(box, how, size)), box.width)

    def _wrapped(self, text: str, width: float) -> list[str]:
        lines = self._pdf.multi_cell(width, None, text, dry_run=True, output=MethodReturnValue.LINES)
        return [line.strip() for line in cast(list[str], lines) if line.strip()]

    def _has_whole_words(self, text: str, width: float) -> bool:
        return all(self._pdf.get_string_width(word) <= width for word in text.split(" "))

    def _cut(self, lines: list[str], most: int, width: float) -> list[str]:
        if len(lines) <= most:
            return lines
        last = lines[most - 1]
        while last and self._pdf.get_string_width(f"{last}…") > width:
            last = last[:-1].rstrip()
        return [*lines[: most - 1], f"{last}…"]

    def _font(self, how: Type, size: float) -> None:
        self._pdf.set_font(TEXT, how.style, size)
        self._pdf.set_text_color(*how.colour)

    def _font_again(self, how: Type, size: float) -> None:
        """A line that ends in the other font leaves the document in it, while fpdf2 knows of no change to undo."""
        if DEVANAGARI.lower() in self._pdf.fonts:
            self._pdf.set_font(DEVANAGARI, how.style, size)
            self._font(how, size)

    def printable(self, text: str) -> str:
        """Without the characters that neither font has, such as pictures; "" when nothing is left to read."""
        if any(not sign.isspace() and not self._has(TEXT, sign) for sign in text):
            self._devanagari_add()
        kept = "".join(sign for sign in text if sign.isspace() or self._has(TEXT, sign) or self._has(DEVANAGARI, sign))
        return BREAKABLE.sub(" ", kept).strip() if any(sign.isalnum() for sign in kept) else ""

    def _has(self, family: str, sign: str) -> bool:
        font = self._pdf.fonts.get(family.lower())
        return isinstance(font, TTFFont) and ord(sign) in font.cmap

    def _devanagari_add(self) -> None:
        """Only where it is needed: two more fonts take time and room in the document."""
        if DEVANAGARI.lower() not in self._pdf.fonts:
            self._font_add(DEVANAGARI)
            self._pdf.set_fallback_fonts([DEVANAGARI], exact_match=True)

    # --- shapes -------------------------------------------------------------------------------------------------------

    def code(self, code: Code, left: float, top: float, side: float) -> None:
        """A QR code with its quiet zone, `side` wide."""
        module = side / code.modules
        self.fill(Box(left, top, side, side), WHITE)
        self._pdf.set_fill_color(0)
        for column, row, length in code.runs():
            # A hair taller than a module: rows that only touch show white lines between them on screens.
            self._pdf.rect(left + column * module, top + row * module, length * module, module + 0.01, style="F")

    def picture(self, picture: Pillow.Image, box: Box) -> None:
        """Fill the box, which has the picture's proportions."""
        buffer = BytesIO()
        picture.save(buffer, "JPEG", quality=JPEG_QUALITY)
        self._pdf.image(buffer, box.left, box.top, box.width, box.height)

    def fill(self, box: Box, colour: Colour, *, radius: float = 0.0) -> None:
        self._pdf.set_fill_color(*colour)
        self._rect(box, "F", radius)

    def outline(self, box: Box, colour: Colour, *, width: float = 0.3, radius: float = 0.0) -> None:
        self._pdf.set_draw_color(*colour)
        self._pdf.set_line_width(width)
        self._rect(box, "D", radius)

    def _rect(self, box: Box, style: str, radius: float) -> None:
        place = (box.left, box.top, box.width, box.height)
        self._pdf.rect(*place, style=style, round_corners=radius > 0, corner_radius=radius)

    def paw(self, x: float, y: float, height: float, colour: Colour) -> None:
        """A paw print around (x, y)."""
        self._pdf.set_fill_color(*colour)
        # Centre and half axes of the pad and of the four toes, in parts of the height.
        shapes = ((0, 0.2, 0.3, 0.26), (-0.36, -0.1, 0.1, 0.15), (-0.14, -0.32, 0.11, 0.16))
        mirrored = tuple((-dx, dy, a, b) for dx, dy, a, b in shapes[1:])
        for dx, dy, a, b in (*shapes, *mirrored):
            left, top = x + (dx - a) * height, y + (dy - b) * height
            self._pdf.ellipse(left, top, 2 * a * height, 2 * b * height, style="F")

    def line(self, start: tuple[float, float], end: tuple[float, float], *, dashed: bool = False) -> None:
        """A hairline to cut along."""
        self._pdf.set_draw_color(*MUTED)
        self._pdf.set_line_width(0.1)
        self._pdf.set_dash_pattern(dash=1.6 if dashed else 0, gap=1.4 if dashed else 0)
        self._pdf.line(*start, *end)
        self._pdf.set_dash_pattern()


def _room(box: Box, how: Type, size: float) -> int:
    """How many lines of this size the box and the type allow."""
    return min(how.lines, int((box.height + 0.01) / _line_height(size)))


def _line_height(size: float) -> float:
    return size * POINT_MM * LEADING
