"""Making a set, and forgetting old ones."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.files.storage import Storage
from django.utils import timezone

from animal.ops.backup.manifest import (
    Manifest,
    manifest_read,
    manifest_write,
    migrations_applied,
    versions_here,
)
from animal.ops.backup.parts import Part, part_store, spool, spool_clear
from animal.ops.backup.pictures import Volumes, named_files
from animal.ops.backup.rows import engine
from animal.ops.backup.store import (
    BackupError,
    backup_storage,
    set_delete,
    set_made_at,
    set_name_new,
    set_names,
    troubles_said,
)
from animal.ops.locks import Lease, only_one

logger = logging.getLogger(__name__)
LOCK = "backup"

Say = Callable[[str], None]


def backup_create(*, label: str, say: Say = logger.info) -> Manifest:
    """Make one complete set, then forget those that are due. Raises BackupError, Busy, LockLost; then nothing of it
    stays, and the older sets are as they were."""
    with only_one(LOCK) as lease, troubles_said():
        spool_clear()
        manifest = backup_create_locked(lease, label=label, say=say)
        for name in sets_prune(keep=manifest.name):
            say(f"Forgot {name}.")
        return manifest


def backup_create_locked(lease: Lease, *, label: str, say: Say) -> Manifest:
    storage, name = backup_storage(), set_name_new()
    sets_incomplete_delete()
    try:
        with spool() as folder:
            manifest = _parts_write(storage, name, folder, label, say)
            lease.require()
            manifest_write(manifest)
    except BaseException:
        # Whatever happened, a kill aside; and after a kill the next run does it.
        with contextlib.suppress(Exception):
            set_delete(name)
        raise
    return manifest


def _parts_write(storage: Storage, name: str, folder: Path, label: str, say: Say) -> Manifest:
    started_at, dumper = timezone.now(), engine()
    volumes: list[Part] = []
    pictures = Volumes(folder, lambda path: volumes.append(part_store(storage, name, path)))
    if settings.BACKUP_PICTURES:
        pictures.add_all(named_files())
        say(f"{len(pictures.filed)} files copied.")
    migrations, before = migrations_applied(), named_files()
    path, rows = dumper.dump(folder)
    missing, index = set[str](), None
    if settings.BACKUP_PICTURES:
        named = before | named_files()
        pictures.add_all(named)
        pictures.close()
        missing = named - pictures.filed.keys()
        index = part_store(storage, name, pictures.index_write())
    say(f"{sum(rows.values())} rows of {len(rows)} tables copied.")
    manifest = Manifest(
        name=name,
        label=label,
        started_at=started_at.isoformat(),
        finished_at="",
        versions=versions_here(),
        engine=dumper.FILE,
        migrations=migrations,
        rows=rows,
        database=part_store(storage, name, path),
        pictures=len(pictures.filed) if settings.BACKUP_PICTURES else None,
        picture_bytes=pictures.bytes,
        index=index,
        volumes=volumes,
        missing=sorted(missing),
    )
    return replace(manifest, finished_at=timezone.now().isoformat())


def sets_incomplete_delete() -> None:
    """What killed runs left. Only whoever holds the lock knows that nobody is still writing it."""
    for name in set_names():
        if not _is_complete(name):
            set_delete(name)


def sets_prune(*, keep: str) -> list[str]:
    """Delete complete sets older than BACKUP_KEEP_DAYS and beyond BACKUP_KEEP_COUNT; never `keep`, nor the newest."""
    oldest = timezone.now() - timedelta(days=settings.BACKUP_KEEP_DAYS)
    names = [name for name in set_names() if _is_complete(name)]
    due = [
        name
        for place, name in enumerate(names)
        if place and name != keep and (place >= settings.BACKUP_KEEP_COUNT or set_made_at(name) < oldest)
    ]
    for name in due:
        set_delete(name)
    return due


def _is_complete(name: str) -> bool:
    try:
        return manifest_read(name) is not None
    except BackupError:
        return True  # Of another release: not ours to call broken.
