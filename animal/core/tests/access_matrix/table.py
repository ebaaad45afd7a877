"""Reading the table's lines."""

from __future__ import annotations

from dataclasses import dataclass

# Somebody who is not signed in; one who is not, and reported the owner's pet by its tag; an account whose address is
# not proven; the one whose things they are; the other side of the owner's conversation and match; an account that
# has met nobody; one that the owner blocked; one that staff disabled, with a token that has not run out; staff of the
# group Moderators; a superuser.
ACTORS = ("nobody", "guest", "unproven", "owner", "other", "stranger", "blocked", "disabled", "moderator", "admin")
HEADING = "anon guest unprov owner other strang block disab moder admin"
# 302=: as if it were gone already, to who asks to have it removed.
DENIED = {"401", "403", "404", "in", "400=", "302="}


@dataclass(frozen=True)
class Row:
    method: str
    route: str
    cells: dict[str, str]
    """What each actor is answered."""
    thing: str
    """Key of `World.things`: which object the parameters of the route, and the ids in the body, name."""

    def __str__(self) -> str:
        return f"{self.method} /{self.route}" + (f" of {self.thing}" if self.thing else "")

    @property
    def denied(self) -> list[str]:
        return [actor for actor in ACTORS if self.cells[actor] in DENIED]

    @property
    def admitted(self) -> list[str]:
        return [actor for actor in ACTORS if self.cells[actor] not in DENIED]


def rows(text: str) -> list[Row]:
    """The rows of one table. Its first line is HEADING, so that whoever reads a cell sees whose it is."""
    heading, *lines = [line.strip() for line in text.splitlines() if line.strip()]
    assert heading.split() == HEADING.split(), "the columns stand in one order everywhere"
    found: list[Row] = []
    route = ""
    for line in lines:
        if line.startswith("/"):
            route = line[1:]
        elif not line.startswith("#"):
            found.append(_row(route, line))
    return found


def _row(route: str, line: str) -> Row:
    method, *cells = line.split(maxsplit=len(ACTORS) + 1)
    thing = cells.pop() if len(cells) > len(ACTORS) else ""
    assert len(cells) == len(ACTORS), f"a cell is missing: {line}"
    assert all(cell in DENIED or cell.isdigit() for cell in cells), f"an unknown cell: {line}"
    return Row(method, route, dict(zip(ACTORS, cells, strict=True)), thing)
