"""What may be asked for: papers, sizes of tags, languages; and how large the picture is that other sites show."""

from __future__ import annotations

from dataclasses import dataclass

# In millimetres, width and height.
PAPERS = {"a4": (210.0, 297.0), "letter": (215.9, 279.4)}
SHARE_IMAGE_PX = (1200, 630)
LANGUAGES = ("en", "es", "de", "fr", "hi")


@dataclass(frozen=True)
class TagSize:
    """A tag as it is cut out, in millimetres. `code` is the side of its QR code with the quiet zone; `name_height` is
    what a name adds below it."""

    width: float
    height: float
    code: float
    name_height: float = 0.0


# Collar tags are sold as 25 and 32 mm wide discs and squares, into which the cut-out is laid; the card is ID-1 of
# ISO/IEC 7810, as a bank's, for a purse or the box that an animal travels in.
TAG_SIZES = {
    "collar-25": TagSize(25.0, 25.0, code=25.0, name_height=9.0),
    "collar-32": TagSize(32.0, 32.0, code=32.0, name_height=9.0),
    "card": TagSize(85.6, 54.0, code=46.0),
}
