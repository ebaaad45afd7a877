"""Words of the database and of forms as people read them."""

from __future__ import annotations

from django.utils.translation import gettext, gettext_lazy, gettext_noop

# Of statuses, sexes, sizes and colours, which templates translate as they show them.
SHOWN = (
    gettext_noop("Lost"),
    gettext_noop("Found"),
    gettext_noop("Resolved"),
    gettext_noop("female"),
    gettext_noop("male"),
    gettext_noop("small"),
    gettext_noop("medium"),
    gettext_noop("large"),
    gettext_noop("black"),
    gettext_noop("blue"),
    gettext_noop("brown"),
    gettext_noop("cream"),
    gettext_noop("ginger"),
    gettext_noop("green"),
    gettext_noop("grey"),
    gettext_noop("red"),
    gettext_noop("white"),
    gettext_noop("yellow"),
)
KINDS_SHOWN = (
    gettext_noop("Cats"),
    gettext_noop("Dogs"),
    gettext_noop("Rabbits"),
    gettext_noop("Hamsters"),
    gettext_noop("Birds"),
    gettext_noop("Horses"),
    gettext_noop("Cows"),
    gettext_noop("Sheep"),
    gettext_noop("Goats"),
    gettext_noop("Hens"),
    gettext_noop("Ducks"),
    gettext_noop("Guinea pigs"),
    gettext_noop("Ferrets"),
    gettext_noop("Pigs"),
    gettext_noop("Turtles"),
    gettext_noop("Other"),
)
VERDICTS = {
    "very likely": gettext_lazy("very likely the same animal"),
    "likely": gettext_lazy("likely the same animal"),
    "possible": gettext_lazy("possibly the same animal"),
}


def kind_said(kind: str) -> str:
    """One of those that our forms offer in the reader's language; others as somebody wrote them."""
    return gettext(kind) if kind in KINDS_SHOWN else kind
