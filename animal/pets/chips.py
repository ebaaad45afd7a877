"""Numbers of identification chips, in the one form in which two of them can be compared.

ISO 11784 and 11785: 15 digits, of which the first three name a country (ISO 3166) or, from 900 on, a maker; 999 is
for testing readers, and on no animal. Older chips have 9 digits (AVID, "AVID*012*345*678") or 10 digits or letters
from A to F (Trovan, FECAVA). People read them off a scanner or a card, with blanks, dots, dashes and stars between.
"""

from __future__ import annotations

import re
import unicodedata

from django.utils.translation import gettext as _

LONGEST = 15
_BETWEEN = re.compile(r"[\s.\-_/*#:]+")
_KNOWN = re.compile(r"\d{15}|\d{9}|[0-9A-F]{10}")
_FOR_TESTING = "999"


def chip_normalised(text: str) -> str:
    """The number without what stands between its digits; "" for none. Raises ValueError for what is no chip's."""
    plain = unicodedata.normalize("NFKC", text).upper().strip()
    plain = "".join(str(unicodedata.digit(sign)) if sign.isdecimal() else sign for sign in plain)
    number = _BETWEEN.sub("", plain).removeprefix("AVID")
    if not number:
        return ""
    if not _KNOWN.fullmatch(number) or len(set(number)) == 1:
        raise ValueError(_("a chip number has 15 digits, or 9 or 10 on older chips"))
    if len(number) == LONGEST and number.startswith(_FOR_TESTING):
        raise ValueError(_("numbers that begin with 999 are for testing readers"))
    return number
