"""What is told of a lost animal on paper and in its picture: plain values, in nobody's language."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from PIL import Image as Pillow

from animal.core.privacy import scrubbed

_MARKED = re.compile(r"\[(?:e-mail|phone|token|tag|place)\]")
# As `scrubbed` knows it, and as people write it who have been told not to.
_AT = r"(?:@|%40|[(\[{]\s?(?:at|@)\s?[)\]}])"
_DOT = r"(?:\.|\s?[(\[{]\s?(?:dot|punkt|\.)\s?[)\]}]\s?)"
_MAIL = re.compile(rf"[\w.+'%-]{{1,64}}+\s?{_AT}\s?(?:[\w-]{{1,63}}{_DOT}){{1,8}}[^\W\d_][\w-]{{1,62}}", re.IGNORECASE)
_LINK = re.compile(
    r"\b(?:https?://|www\.)\S+|(?<!\w)@[\w.]{2,}|(?<!\S)///\S+"
    r"|(?<![\w.-])(?:[\w-]{1,63}\.){1,8}(?:[a-z]{2,24}/\S+|(?:com|net|org)\b)",
    re.IGNORECASE,
)
# Seven digits and more, however they are grouped; a date has eight.
_APART = r"[\s()./\u2010-\u2015-]"
_NUMBER = re.compile(rf"\+?\d(?:{_APART}{{0,5}}\d){{6,}}")
# Not from the middle of a decimal, a tag or a word: what those are is seen first.
_NUMBER_ALONE = re.compile(rf"(?<![\w,-]){_NUMBER.pattern}")
_DAY = r"(?:\d{4}[./-]\d{1,2}[./-]\d{1,2}|\d{1,2}[./-]\d{1,2}[./-]\d{4})"
_YEAR = r"(?:19|20)\d\d"
# Days, the first of two perhaps without its year, the last perhaps with an hour; or years.
_DATE = re.compile(
    rf"(?:\d{{1,2}}\.\d{{1,2}}{_APART}{{1,5}})?{_DAY}(?:{_APART}{{1,5}}{_DAY})*(?:\s\d{{1,2}}(?:\.\d\d)?)?"
    rf"|{_YEAR}(?:{_APART}{{1,5}}{_YEAR})+"
)
# Degrees with four decimals, which with a comma as well are nobody's thousands; two such numbers with three; degrees
# and minutes; and the codes of Open Location Code.
_MINUTE, _SECOND, _SIDE = (
    r"\s?['\u2032\u2019\u00b4]",
    r"\s?(?:[\"\u2033\u201d]|['\u2032\u2019\u00b4]{2})",
    r"(?:\s?[NSEWO]\b)?",
)
_PLUS = "[23456789CFGHJMPQRVWX]"
_PLACE = re.compile(
    rf"(?<![\w.,])[-+]?\d{{1,3}}[.,]\d{{4,}}(?:\s?[°º])?{_SIDE}"
    r"|(?<![\w.,])[-+]?\d{1,3},\d{3,}[\s;/]{1,3}[-+]?\d{1,3},\d{3,}"
    rf"|(?<!\d)\d{{1,3}}\s?[°º]\s?\d{{1,2}}"
    rf"(?:{_MINUTE}(?:\s?\d{{1,2}}(?:[.,]\d{{1,6}})?{_SECOND})?|[.,]\d{{2,8}}(?:{_MINUTE})?){_SIDE}"
    rf"|(?<!\w){_PLUS}{{4}}(?:{_PLUS}{{2}}){{0,2}}\+{_PLUS}{{2,7}}(?!\w)",
    re.IGNORECASE,
)
_ONE_AT = str.maketrans("\uff20\ufe6b", "@@")


@dataclass(frozen=True, kw_only=True)
class CaseFacts:
    """`place` is in words.

    Empty strings and None stand for what nobody has said. Texts are `discreet`.
    """

    name: str
    species: str
    photo: Pillow.Image | None = None
    breed: str = ""
    sex: str = ""
    size: str = ""
    colours: Sequence[str] = ()
    seen_on: date | None = None
    place: str = ""
    description: str = ""


def discreet(text: str) -> str:
    """The text without what has the shape of an e-mail address, a link, a phone number, a chip's number or a place.

    Paper hangs in the street: whoever wants to tell something writes through us. What is said in words ("joe at example
    dot com", a street and its number) has no shape of its own and stays.
    """
    text = _LINK.sub("…", _MAIL.sub("…", text.translate(_ONE_AT)))
    text = _PLACE.sub("…", _NUMBER_ALONE.sub(_unless_date, text))
    return " ".join(_NUMBER.sub(_unless_date, _MARKED.sub("…", scrubbed(text))).split())


def _unless_date(found: re.Match[str]) -> str:
    return found[0] if _DATE.fullmatch(found[0]) else "…"
