"""Where backups lie, and what their names say."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from django.conf import settings
from django.core.files.storage import Storage, storages
from django.utils import timezone

MANIFEST = "manifest.json"
# The moment it was begun, to the millisecond, in UTC: names sort as they were made.
_NAME = re.compile(r"\d{8}T\d{6}\d{3}Z")


class BackupError(Exception):
    """It cannot be done. The message says why, and what to do."""


def backup_storage() -> Storage:
    if not settings.BACKUPS_IN:
        raise BackupError("There is no place for backups. Set BACKUP_DIR or BACKUP_BUCKET_NAME.")
    return storages["backups"]


def set_name_new() -> str:
    now = timezone.now()
    return f"{now:%Y%m%dT%H%M%S}{now.microsecond // 1000:03}Z"


def set_made_at(name: str) -> datetime:
    return datetime.strptime(name[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)


def set_names() -> list[str]:
    """Newest first, also of sets that are not complete."""
    try:
        folders, _ = backup_storage().listdir("")
    except FileNotFoundError:
        return []
    return sorted((name for name in folders if _NAME.fullmatch(name)), reverse=True)


def set_delete(name: str) -> None:
    """The manifest goes first: a set that is cut short while it is deleted does not look complete."""
    storage = backup_storage()
    try:
        files = storage.listdir(name)[1]
    except FileNotFoundError:
        return
    for file in sorted(files, key=lambda file: file != MANIFEST):
        storage.delete(f"{name}/{file}")
    storage.delete(f"{name}/")  # The folder itself, where there are folders; some object stores have them, too.


@contextmanager
def troubles_said() -> Iterator[None]:
    """What goes wrong with disks and object stores, as a sentence."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise BackupError(
                f"There is no room left ({error.strerror}), neither in {settings.VAR_DIR}, through which a backup "
                f"passes, nor in {settings.BACKUPS_IN}: one of them is full. Free some, or lower BACKUP_KEEP_COUNT. "
                "Older backups are as they were."
            ) from error
        raise BackupError(f"Files cannot be read or written: {error}") from error
    except Exception as error:
        if type(error).__module__.startswith(("botocore.", "boto3.")):
            raise BackupError(f"The object store does not do it: {error}") from error
        raise
