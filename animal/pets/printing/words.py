"""The words of what is printed, in the language that is active (django.utils.translation.override).

Whole sentences, since word order and gender differ; every msgid stands here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, pgettext

_LOST = {
    "dog": gettext_noop("LOST DOG"),
    "cat": gettext_noop("LOST CAT"),
    "bird": gettext_noop("LOST BIRD"),
    "horse": gettext_noop("LOST HORSE"),
    "sheep": gettext_noop("LOST SHEEP"),
    "cow": gettext_noop("LOST COW"),
}
_COLOURS = {
    "black": gettext_noop("black"),
    "blue": gettext_noop("blue"),
    "brown": gettext_noop("brown"),
    "cream": gettext_noop("cream"),
    "ginger": gettext_noop("ginger"),
    "green": gettext_noop("green"),
    "grey": gettext_noop("grey"),
    "red": gettext_noop("red"),
    "white": gettext_noop("white"),
    "yellow": gettext_noop("yellow"),
}


def lost_heading(species: str) -> str:
    return _(_LOST[species]) if species in _LOST else _("LOST ANIMAL")


def seen_line(seen_on: date | None) -> str:
    return _("Last seen on %(date)s") % {"date": date_format(seen_on)} if seen_on else ""


def place_line(place: str) -> str:
    return _("Around here: %(place)s") % {"place": place} if place else ""


def looks(colours: Iterable[str]) -> str:
    return ", ".join(_(_COLOURS[colour]) for colour in colours if colour in _COLOURS)


def sex_word(sex: str) -> str:
    return {"female": _("female"), "male": _("male")}.get(sex, "")


def size_word(size: str) -> str:
    words = {
        "small": pgettext("size", "small"),
        "medium": pgettext("size", "medium-sized"),
        "large": pgettext("size", "large"),
    }
    return words.get(size, "")


def missing_photo() -> str:
    return _("No photo yet")


def scan_call(name: str) -> str:
    return _("Have you seen %(name)s? Scan the code.") % {"name": name} if name else _("Scan the code if you saw it.")


def scan_promise() -> str:
    return _("There you tell the family. You need no account and no app.")


def advice() -> str:
    return _("Please do not chase. Note where it is, take a photo if you can, and scan the code.")


def tag_greeting(name: str) -> str:
    return _("I am %(name)s.") % {"name": name} if name else _("I have a home.")


def tag_request() -> str:
    return _("Have you found me? Scan the code and tell my family.")


def print_advice() -> str:
    return _("Print at 100 %, without fitting to the page. This line is 50 mm long:")
