"""One import: the whole file is looked through first, then people, then pets, each row at most once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from animal.ops.models import ImportedRow
from animal.ops.older_service.dump import BadEntry, DumpError, Row, rows
from animal.ops.older_service.outcome import Outcome
from animal.ops.older_service.pictures import Media

USER, PET = ImportedRow.Kind.USER, ImportedRow.Kind.PET
KINDS = {"user": "users", "pet": "pets"}
# What else the older service and Django keep. Reports and chats of years ago are of no use here.
KNOWN_OTHERS = {
    *("petlocation", "petmatch", "conversation", "message", "messageattachment", "notification"),
    *("alertsubscription", "editedpetimage", "contenttype", "permission", "group", "session", "logentry"),
    *("ormq", "task", "schedule", "success", "failure"),
}


class Unusable(Exception):
    """A row that cannot be taken. The message says why, and names nobody."""


@dataclass
class Run:
    source: Path
    media: Media
    dry_run: bool
    outcome: Outcome = field(default_factory=Outcome)
    users: dict[int, int] = field(default_factory=dict)
    """Older number -> ours; 0 for one that a dry run would make."""
    people_seen: set[int] = field(default_factory=set)
    """Older numbers of all users that the dump has."""
    pets: dict[int, ImportedRow] = field(default_factory=dict)
    fresh: dict[str, bool] = field(default_factory=dict)
    """In a dry run, keys of names and addresses that it would have given away, and whether the address is proven."""
    fresh_tags: set[str] = field(default_factory=set)
    totals: dict[str, int] = field(default_factory=dict)

    def prepare(self) -> None:
        """Look through the file, and for what was imported before. Raises DumpError before anything is written."""
        self.totals = dict.fromkeys(KINDS, 0)
        for entry in rows(self.source):
            if isinstance(entry, BadEntry):
                kind = KINDS.get(entry.model, "rows")
                self.outcome.leave_out(kind, entry.pk or f"entry {entry.number}", entry.reason)
            elif entry.model in KINDS:
                self.totals[entry.model] += 1
                if entry.model == "user":
                    self.people_seen.add(entry.pk)
            elif entry.model in KNOWN_OTHERS:
                self.outcome.others[entry.model] += 1
            else:
                self.outcome.leave_out("rows", f"{entry.model} {entry.pk}", "unknown model")
        if not any(self.totals.values()):
            raise DumpError("There are no users and no pets in this dump.")
        self.users = dict(ImportedRow.objects.filter(kind=USER).values_list("older_id", "object_id"))
        self.pets = {row.older_id: row for row in ImportedRow.objects.filter(kind=PET)}

    def rows_of(self, model: str, passed: Callable[[], object]) -> Iterator[Row]:
        """Those of a model, each number once: which of two with the same number is right, nobody can tell."""
        seen: set[int] = set()
        for entry in rows(self.source):
            if not isinstance(entry, Row) or entry.model != model:
                continue
            if entry.pk in seen:
                self.outcome.leave_out(KINDS[model], entry.pk, "another row of the dump has this number")
            else:
                seen.add(entry.pk)
                yield entry
            passed()
