"""What is told of a lost animal on paper and in its picture: plain values, in nobody's language."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from PIL import Image as Pillow

from animal.core.privacy import scrubbed

_MARKED = re.compile(r"\[(?:e-mail|phone|token|tag|place)\]")
_LINK = re.compile(r"\b(?:https?://|www\.)\S+|(?<!\w)@[\w.]{2,}", re.IGNORECASE)
# Seven digits and more, however they are grouped; a date has eight.
_NUMBER = re.compile(r"\+?\d(?:[\s()./-]{0,2}\d){6,}")
_DATE = re.compile(r"\d{4}[./-]\d{1,2}[./-]\d{1,2}|\d{1,2}[./-]\d{1,2}[./-]\d{4}")


@dataclass(frozen=True, kw_only=True)
class CaseFacts:
    """`address` is where whoever saw the animal writes to. `place` is in words or a blurred point, never an exact one.

    Empty strings and None stand for what nobody has said. Texts are `discreet`.
    """

    name: str
    species: str
    address: str
    photo: Pillow.Image | None = None
    breed: str = ""
    sex: str = ""
    size: str = ""
    colours: Sequence[str] = ()
    seen_on: date | None = None
    place: str = ""
    description: str = ""


def discreet(text: str) -> str:
    """The text without what has the shape of an e-mail address, a phone number, a chip's number or a link.

    Paper hangs in the street: whoever wants to tell something writes through us.
    """
    text = _MARKED.sub("…", scrubbed(_LINK.sub("…", text)))
    return " ".join(_NUMBER.sub(lambda found: found[0] if _DATE.fullmatch(found[0]) else "…", text).split())
