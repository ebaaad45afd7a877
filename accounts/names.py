"""Display names that people may not choose for themselves: others would take them for us, or follow them elsewhere."""

from __future__ import annotations

import re

from django.utils.translation import gettext_lazy

from animal.core.text import normalised_key

RESERVED = frozenset({"admin", "administrator", "moderator", "pawgle", "staff", "support"})
_WORD = re.compile(r"[^\W_]+")
ADDRESS = gettext_lazy("Please choose a name without an address in it.")
OURS = gettext_lazy("This name could be taken for one of ours. Please choose another one.")


def name_problem(name: str) -> str:
    """What is wrong with this name, as a sentence; "" when nothing is. Knows no case and no width (NFKC).

    A reserved word is found as one of the name's words, and as all of its letters and digits together.
    """
    key = normalised_key(name)
    if "@" in key or "://" in key:
        return str(ADDRESS)
    words = _WORD.findall(key)
    return str(OURS) if RESERVED.intersection([*words, "".join(words)]) else ""
