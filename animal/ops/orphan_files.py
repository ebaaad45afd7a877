"""Files that no row names, and rows whose files are gone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.core.files.storage import Storage, default_storage, storages

from accounts.models import DataExport
from accounts.services.exports import part_name
from animal.ops.backup.pictures import file_columns, named_files

# Whatever else lies in the same folder or bucket is not ours to delete.
OURS = re.compile(
    r"photos/[0-9a-f]{2}/[0-9a-f]{32}-\w+\.jpg|edited/[0-9a-f]{2}/[0-9a-f]{32}\.(png|json)|withheld/[0-9a-f]+-\w+\.jpg"
    r"|exports/[0-9a-f]{32}/pawgle-\d+\.zip"
)


@dataclass
class Outcome:
    """`orphans`: names of ours that no row names, old enough. `lost`: of each row without its file, which and what."""

    files: int = 0
    orphans: list[str] = field(default_factory=list)
    young: int = 0
    foreign: int = 0
    lost: list[str] = field(default_factory=list)


def files_compare(*, older_than: datetime) -> Outcome:
    """Hold every file against every row. A file that is written belongs to no row for a moment: hence `older_than`."""
    outcome = Outcome()
    # The rows first: what is filed while we look is young, and not among what is listed as old.
    named = named_files()
    listed = _sort_out(default_storage, named, older_than, outcome)
    exports = {part_name(export, part) for export in DataExport.objects.all() for part in range(export.parts + 1)}
    _sort_out(storages["private"], exports, older_than, outcome)
    for model, columns in file_columns():
        for row in model._default_manager.values_list("pk", *columns).iterator(chunk_size=2000):
            for name in map(str, filter(None, row[1:])):
                # What came since the files were listed is asked for one by one.
                if name not in listed and not default_storage.exists(name):
                    outcome.lost.append(f"{model._meta.label} {row[0]}: {name}")
    return outcome


def orphans_delete(outcome: Outcome) -> int:
    """Delete them, unless a row names one by now; returns how many."""
    named = named_files()
    doomed = [name for name in outcome.orphans if name not in named]
    for name in doomed:
        (storages["private"] if name.startswith("exports/") else default_storage).delete(name)
    return len(doomed)


def _sort_out(storage: Storage, named: set[str], older_than: datetime, outcome: Outcome) -> set[str]:
    listed = set()
    for name in _walk(storage, ""):
        outcome.files += 1
        listed.add(name)
        if name in named:
            continue
        if not OURS.fullmatch(name):
            outcome.foreign += 1
        elif storage.get_modified_time(name) >= older_than:
            outcome.young += 1
        else:
            outcome.orphans.append(name)
    return listed


def _walk(storage: Storage, folder: str) -> Iterator[str]:
    try:
        folders, files = storage.listdir(folder)
    except FileNotFoundError:
        return
    for file in files:
        if file:  # An object store may list a folder's own placeholder.
            yield f"{folder}{file}"
    for name in folders:
        yield from _walk(storage, f"{folder}{name}/")
