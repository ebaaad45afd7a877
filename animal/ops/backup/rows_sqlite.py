"""The rows of an SQLite database, copied by its online backup, whatever is written meanwhile."""

from __future__ import annotations

import contextlib
import gzip
import shutil
import sqlite3
import time
from pathlib import Path

from django.db import connection, connections

from animal.ops.backup.store import BackupError

FILE = "database.sqlite3.gz"
BUSY_SECONDS = 20.0


def dump(folder: Path) -> tuple[Path, dict[str, int]]:
    """A compressed copy of the database as it was at one moment, and how many rows each table had."""
    copy, packed = folder / "copy.sqlite3", folder / FILE
    # All pages in one step: in WAL mode nobody waits for that, while of several steps every commit of somebody else
    # would start the copy anew.
    with contextlib.closing(_opened(_path())) as source, contextlib.closing(_opened(copy)) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")
        _require_sound(target, "The database itself is damaged, so no backup is made of it. Restore an older one.")
        rows = counts(target)
    with copy.open("rb") as plain, gzip.open(packed, "wb", compresslevel=3) as target_file:
        shutil.copyfileobj(plain, target_file, 1 << 20)
    copy.unlink()
    return packed, rows


def load(packed: Path, folder: Path) -> dict[str, int]:
    """Put the copy in the place of what is there, in one transaction, and count what is there then."""
    copy = folder / "copy.sqlite3"
    with gzip.open(packed) as source_file, copy.open("wb") as plain:
        shutil.copyfileobj(source_file, plain, 1 << 20)
    connections.close_all()
    with contextlib.closing(_opened(copy)) as source:
        _require_sound(source, "The copy in the backup is damaged. Choose another backup.")
        _set_aside_unless_readable(_path())
        with contextlib.closing(_opened(_path())) as target:
            source.backup(target)
            rows = counts(target)
    copy.unlink()
    return rows


def counts(database: sqlite3.Connection) -> dict[str, int]:
    named = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    tables = [name for (name,) in database.execute(named)]
    return {name: database.execute(f'SELECT COUNT(*) FROM "{name}"').fetchone()[0] for name in tables}  # noqa: S608


def _path() -> Path:
    return Path(str(connection.settings_dict["NAME"]))


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=BUSY_SECONDS)


def _require_sound(database: sqlite3.Connection, otherwise: str) -> None:
    try:
        said = database.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise BackupError(f"{otherwise} ({error})") from error
    if said != "ok":
        raise BackupError(f"{otherwise} ({said})")


def _set_aside_unless_readable(path: Path) -> None:
    """What is no database any more cannot be written over; it is kept, for whoever can make something of it."""
    try:
        with contextlib.closing(_opened(path)) as database:
            database.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
    except sqlite3.DatabaseError:
        aside = f".damaged-{int(time.time())}"
        for ending in ("", "-wal", "-shm"):
            part = path.with_name(path.name + ending)
            if part.exists():
                part.rename(part.with_name(part.name + aside))
