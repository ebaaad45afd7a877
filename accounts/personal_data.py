"""Everything that we hold of a person, section by section: to hand out, and to erase.

Each app says in AppConfig.ready() what it holds; accounts lie below them all and know none of them. Sections are handed
out in the order of INSTALLED_APPS and erased in the opposite one, because what refers goes before what is referred to.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.models import User

BATCH = 50


@dataclass(frozen=True)
class Picture:
    """A file for the archive: the name that it gets there, and how to read it."""

    name: str
    read: Callable[[], bytes]


# What a section holds, as JSON values, dates and UUIDs.
Collect = Callable[[User], Any]
# (person, how many to leave out) -> the next few pictures, in a stable order; [] at the end.
Pictures = Callable[[User, int], Sequence[Picture]]
# Erases one batch, in transactions of its own; True while there may be more.
Erase = Callable[[User], bool]


@dataclass(frozen=True)
class Section:
    name: str
    collect: Collect
    erase: Erase | None = None
    pictures: Pictures | None = None


_sections: dict[str, Section] = {}


def section_register(section: Section) -> None:
    """Without `erase`, the section's rows go with the account's (ON DELETE CASCADE)."""
    _sections[section.name] = section


def sections() -> list[Section]:
    return list(_sections.values())
