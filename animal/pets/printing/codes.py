"""QR codes as modules on a grid, drawn as vectors so that a printer's own resolution decides how sharp they are.

Sizes and levels are those of ISO/IEC 18004. A tag's code is of level H, which reads on with 30 % of it scratched away:
metal and plastic wear at the collar for years. What H costs in size is won back by a short address in capitals, for
which a code needs two thirds of the room (alphanumeric mode). Paper hangs for days and is read from further away: the
codes of a poster are of level Q (25 %), whose modules are larger.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import Literal
from urllib.parse import urlsplit

import qrcode
from PIL import Image as Pillow
from qrcode.constants import ERROR_CORRECT_H, ERROR_CORRECT_Q
from qrcode.util import QRData

from animal.core.urls import service_url
from animal.pets.tags import tag_address

QUIET_ZONE = 4  # Modules of white on every side, as the standard asks.
PNG_DPI = 600
MM_PER_INCH = 25.4
SHORT_PATH = "/T/"
LEVELS = {"H": ERROR_CORRECT_H, "Q": ERROR_CORRECT_Q}


@dataclass(frozen=True)
class Code:
    """The modules without their quiet zone, row by row; True is dark."""

    rows: tuple[tuple[bool, ...], ...]

    @property
    def modules(self) -> int:
        """Across, with the quiet zone on both sides."""
        return len(self.rows) + 2 * QUIET_ZONE

    def runs(self) -> Iterator[tuple[int, int, int]]:
        """(column, row, length) of every run of dark modules in a row, counted from the quiet zone's outer corner.

        Drawn as one piece, since viewers leave hairlines between squares that only touch.
        """
        for row, modules in enumerate(self.rows):
            start = None
            for column, dark in enumerate((*modules, False)):
                if dark and start is None:
                    start = column
                elif not dark and start is not None:
                    yield start + QUIET_ZONE, row + QUIET_ZONE, column - start
                    start = None


@lru_cache(maxsize=64)
def code_of(address: str, level: Literal["H", "Q"]) -> Code:
    """The smallest code that holds this address. Raises ValueError for one that none holds (above 1,600 characters)."""
    code = qrcode.QRCode(error_correction=LEVELS[level], border=0)
    code.add_data(QRData(address.encode()))  # In the densest mode that has all its characters.
    code.make(fit=True)
    return Code(tuple(tuple(row) for row in code.get_matrix()))


def tag_print_address(animal_id: str) -> str:
    """What the code on a tag says: `HTTPS://HOST/T/ANI...`, which leads on to the tag's address.

    Where nobody has said how this service is reached from outside (FRONTEND_URL without API_URL), the tag's address
    itself, which takes a larger code.
    """
    short = service_url(f"{SHORT_PATH}{animal_id}").upper()
    return short or tag_address(animal_id)


def tag_code(animal_id: str) -> Code:
    return code_of(tag_print_address(animal_id), "H")


def shown_address(address: str) -> str:
    """As people type it: without `https://`."""
    parts = urlsplit(address)
    return f"{parts.netloc}{parts.path}"


def code_svg(code: Code, *, side_mm: float) -> str:
    """A picture of `side_mm` millimetres, the quiet zone included, that needs nothing else."""
    path = "".join(f"M{x} {y}h{length}v1h-{length}z" for x, y, length in code.runs())
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{side_mm:g}mm" height="{side_mm:g}mm" '
        f'viewBox="0 0 {code.modules} {code.modules}" shape-rendering="crispEdges" role="img" aria-label="QR">'
        f'<path fill="#fff" d="M0 0h{code.modules}v{code.modules}H0z"/><path d="{path}"/></svg>\n'
    )


def code_png(code: Code, *, side_mm: float) -> bytes:
    """The same as pixels: a whole number of them for each module, PNG_DPI or more. A program that minds the resolution
    written into it prints `side_mm` millimetres."""
    scale = math.ceil(side_mm / MM_PER_INCH * PNG_DPI / code.modules)
    drawn = Pillow.new("1", (code.modules, code.modules), 1)
    for x, y, length in code.runs():
        drawn.paste(0, (x, y, x + length, y + 1))
    side = code.modules * scale
    dpi = side / side_mm * MM_PER_INCH
    buffer = BytesIO()
    drawn.resize((side, side), Pillow.Resampling.NEAREST).save(buffer, "PNG", dpi=(dpi, dpi))
    return buffer.getvalue()
