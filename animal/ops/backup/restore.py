"""Putting a set back in the place of what is there, and proving that it is."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.utils.dateparse import parse_datetime

from animal.ops.backup.create import LOCK, backup_create_locked
from animal.ops.backup.manifest import Manifest, manifest_read, manifests, migrations_applied, migrations_unknown
from animal.ops.backup.parts import part_check, part_fetch, spool, spool_clear
from animal.ops.backup.pictures import Filed, contents, file_columns, index_read, volume_unpack
from animal.ops.backup.rows import engine, tables_in_use
from animal.ops.backup.store import BackupError, backup_storage, set_names, troubles_said
from animal.ops.locks import only_one
from animal.ops.maintenance import maintenance
from animal.recognition.models import ChangeCounter, new_epoch

Say = Callable[[str], None]
SAFETY = "before a restore"


@dataclass
class Restored:
    """`faults` is empty unless something is not as the set says. `safety` names the set of what was there before."""

    manifest: Manifest
    safety: str = ""
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def set_choose(name: str) -> Manifest:
    """The set of this name; for "" the newest complete one, of what a restore replaced aside. Raises BackupError."""
    if name:
        if name not in set_names():
            raise BackupError(f"There is no backup {name!r}. `manage.py listbackups` lists those that there are.")
        manifest = manifest_read(name)
        if manifest is None:
            raise BackupError(f"The backup {name} is not complete: its making was cut short. Choose another one.")
        return manifest
    complete = [manifest for manifest in manifests() if manifest.label != SAFETY]
    if not complete:
        raise BackupError("There is no complete backup.")
    return complete[0]


def restore(*, name: str, force: bool, discard: bool, verify: bool, migrate: bool, say: Say) -> Restored:
    """Restore a set. Everything that can be wrong with it is found before anything is touched.

    force: also over a database that holds something; a backup of that is made first, unless `discard`.
    migrate: bring the rows to this release. Without it they stay as they were, for the release that made the set.
    Raises BackupError, Busy, LockLost.
    """
    with ExitStack() as stack:
        stack.enter_context(troubles_said())
        restored = Restored(set_choose(name))
        manifest = restored.manifest
        _require_fit(manifest, migrate=migrate)
        # A database without tables has no room for a lock, and nothing that two could fight over.
        has_tables = "ops_operationlock" in _tables()
        lease = stack.enter_context(only_one(LOCK) if has_tables else nullcontext())
        spool_clear()
        folder = stack.enter_context(spool())
        for part in manifest.parts:
            part_check(backup_storage(), manifest.name, part)
        say(f"{len(manifest.parts)} parts of {manifest.name} are as they were written.")
        in_use = tables_in_use()
        if in_use and not force:
            raise BackupError(_occupied(in_use))
        with part_fetch(backup_storage(), manifest.name, manifest.database, folder) as path:
            stack.enter_context(maintenance("A backup is being restored."))
            if in_use and not discard:
                if lease is None:
                    raise BackupError("What is there cannot be backed up first. With --discard it is given up.")
                restored.safety = backup_create_locked(lease, label=SAFETY, say=say).name
                say(f"What was there is kept as {restored.safety}.")
            rows = engine().load(path, folder)
        if lease is not None and "ops_operationlock" in _tables():
            lease.take_back()
        _compare(manifest.rows, rows, restored)
        say(f"{sum(rows.values())} rows are back.")
        index = _pictures_restore(manifest, folder, say)
        if migrate:
            call_command("migrate", interactive=False, verbosity=0)
            _index_rederive(restored)
        if verify:
            files_verify(manifest, index, restored, say)
        return restored


def _require_fit(manifest: Manifest, *, migrate: bool) -> None:
    if manifest.engine != engine().FILE:
        raise BackupError(
            f"The backup {manifest.name} is of another kind of database ({manifest.versions['database']}) than the one "
            f"that is configured ({connection.display_name})."
        )
    if migrate and (unknown := migrations_unknown(manifest.migrations)):
        raise BackupError(
            f"The backup {manifest.name} was made by a newer release ({manifest.versions['release']}), whose "
            f"{unknown[-1]} this one does not know. Run that release to restore it."
        )


def _occupied(in_use: dict[str, int]) -> str:
    if "?" in in_use:
        return (
            "The database cannot be read, so it is not known what would be lost. With --force --discard it is given up."
        )
    listed = ", ".join(f"{count} in {table}" for table, count in list(in_use.items())[:5])
    return f"The database is not empty ({listed}). With --force it is replaced; a backup of it is made first."


def _tables() -> list[str]:
    try:
        return connection.introspection.table_names()
    except DatabaseError:
        connection.close()
        return []


def _compare(written: dict[str, int], found: dict[str, int], restored: Restored) -> None:
    for table in sorted(written.keys() | found.keys()):
        if written.get(table) != found.get(table):
            restored.faults.append(f"{table}: {found.get(table)} rows instead of {written.get(table)}.")


def _pictures_restore(manifest: Manifest, folder: Path, say: Say) -> dict[str, Filed]:
    if manifest.index is None:
        say("The backup holds no pictures; those in the storage are left as they are.")
        return {}
    with part_fetch(backup_storage(), manifest.name, manifest.index, folder) as path:
        index = index_read(path)
    count = 0
    for volume in manifest.volumes:
        with part_fetch(backup_storage(), manifest.name, volume, folder) as path:
            count += volume_unpack(path, index)
        say(f"{count} of {manifest.pictures} files are back.")
    return index


def _index_rederive(restored: Restored) -> None:
    # A new epoch: every process that keeps vectors in memory reads them again, however its numbers compare.
    ChangeCounter.objects.update(epoch=new_epoch())
    try:
        call_command("sync_qdrant", prune=True, stdout=io.StringIO())
    except CommandError as error:
        restored.notes.append(
            f"The vector index could not be brought up to date; run `sync_qdrant --prune` later. ({error})"
        )


def files_verify(manifest: Manifest, index: dict[str, Filed], restored: Restored, say: Say) -> None:
    """Open every file that a row names, and hold it against what was backed up."""
    gone = set(manifest.missing)
    checked = 0
    for model, columns in file_columns():
        newer = _written_during(manifest, model)
        for row in model._default_manager.values_list("pk", *columns).iterator(chunk_size=500):
            for name, data in contents(str(name) for name in row[1:] if name):
                checked += 1
                if data is None:
                    if name in gone or row[0] in newer:
                        restored.notes.append(f"{name} was deleted while the backup was made, or before.")
                    else:
                        restored.faults.append(f"{model._meta.label} {row[0]}: its file {name} does not open.")
                elif name in index and hashlib.sha256(data).hexdigest() != index[name].sha256:
                    restored.faults.append(f"{name} is not what was backed up.")
    applied = set(migrations_applied())
    if lacking := set(manifest.migrations) - applied:
        restored.faults.append(f"Migrations are missing: {', '.join(sorted(lacking))}.")
    say(f"{checked} files that rows name were opened.")


def _written_during(manifest: Manifest, model: type) -> set[object]:
    """Rows that came while the set was made: their person may have deleted them again before their file was copied."""
    names = {field.name for field in model._meta.get_fields()}  # type: ignore[attr-defined]
    if "created_at" not in names:
        return set()
    started = parse_datetime(manifest.started_at)
    return set(model._default_manager.filter(created_at__gte=started).values_list("pk", flat=True))  # type: ignore[attr-defined]
