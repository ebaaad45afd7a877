"""What an import did, counted, without a word about anybody."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

KINDS = ("users", "pets", "tags", "pictures")
IMPORTED, JOINED, THERE, LEFT = "imported", "joined", "already there", "left out"
STATES = (IMPORTED, JOINED, THERE, LEFT)


@dataclass
class Outcome:
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(kind, state)."""
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(kind, why it was left out)."""
    remarks: Counter[str] = field(default_factory=Counter)
    """What came otherwise than it was."""
    others: Counter[str] = field(default_factory=Counter)
    """Rows of models that are no part of the import."""
    left: list[tuple[str, str, str]] = field(default_factory=list)
    """(kind, older id, reason)."""

    def count(self, kind: str, state: str) -> None:
        self.counts[kind, state] += 1

    def leave_out(self, kind: str, older_id: object, reason: str) -> None:
        self.count(kind, LEFT)
        self.reasons[kind, reason] += 1
        self.left.append((kind, str(older_id), reason))

    @property
    def left_out(self) -> int:
        return sum(number for (_, state), number in self.counts.items() if state == LEFT)

    def as_json(self) -> dict[str, Any]:
        return {
            "counts": {kind: {state: self.counts[kind, state] for state in STATES} for kind in KINDS},
            "left_out": [
                {"what": kind, "reason": reason, "number": number}
                for (kind, reason), number in sorted(self.reasons.items())
            ],
            "remarks": dict(sorted(self.remarks.items())),
            "not_imported": dict(sorted(self.others.items())),
        }

    def write_left(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["what", "older id", "reason"])
            writer.writerows(self.left)
