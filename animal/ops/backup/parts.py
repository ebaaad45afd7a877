"""The files of a set: on their way in they are encrypted and counted, on their way out checked and decrypted."""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.files import File
from django.core.files.storage import Storage

from animal.ops.backup.store import BackupError

CHUNK = 1 << 20
ENCRYPTED = ".age"
_NO_SPACE = re.compile(r"os error 28|Errno 28|No space left")


@dataclass(frozen=True)
class Part:
    name: str
    bytes: int
    sha256: str


class _Movable(File):
    """A file that a storage on the same disk takes over by renaming it, as it does with large uploads."""

    def temporary_file_path(self) -> str:
        return str(self.name)


@contextmanager
def spool() -> Iterator[Path]:
    """A folder of our own for what passes through."""
    _room().mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = Path(tempfile.mkdtemp(dir=_room()))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def spool_clear() -> None:
    """Remove what killed runs left. Only whoever holds the lock knows that nobody uses it."""
    shutil.rmtree(_room(), ignore_errors=True)


def _room() -> Path:
    return Path(settings.VAR_DIR) / "backup-spool"


def part_store(storage: Storage, set_name: str, path: Path) -> Part:
    """Encrypt the file where that is configured, and put it into the set; it is gone from `path` then."""
    if settings.BACKUP_ENCRYPTION_KEYS:
        path = _encrypted(path)
    part = Part(path.name, path.stat().st_size, _sha256(path))
    with path.open("rb") as file:
        stored = storage.save(f"{set_name}/{path.name}", _Movable(file, str(path)))
    path.unlink(missing_ok=True)
    if storage.size(stored) != part.bytes:
        raise BackupError(f"{stored} was not stored as a whole.")
    return part


def part_check(storage: Storage, set_name: str, part: Part) -> None:
    """Raises BackupError unless the stored file is the one that was written."""
    digest = hashlib.sha256()
    with _opened(storage, set_name, part) as file:
        while block := file.read(CHUNK):
            digest.update(block)
    _require_same(part, digest.hexdigest())


@contextmanager
def part_fetch(storage: Storage, set_name: str, part: Part, folder: Path) -> Iterator[Path]:
    """The part's file, checked and decrypted, for the duration of a block."""
    path, digest = folder / part.name, hashlib.sha256()
    with _opened(storage, set_name, part) as file, path.open("wb") as target:
        while block := file.read(CHUNK):
            digest.update(block)
            target.write(block)
    _require_same(part, digest.hexdigest())
    if path.name.endswith(ENCRYPTED):
        path = _decrypted(path)
    yield path
    path.unlink(missing_ok=True)


@contextmanager
def _opened(storage: Storage, set_name: str, part: Part) -> Iterator[IO[Any]]:
    try:
        file = storage.open(f"{set_name}/{part.name}")
    except FileNotFoundError:
        raise BackupError(f"{part.name} of the backup {set_name} is missing. Choose another one.") from None
    with file:
        yield file


def _require_same(part: Part, sha256: str) -> None:
    if sha256 != part.sha256:
        raise BackupError(f"{part.name} is damaged: it is not what was written. Choose another backup.")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _encrypted(path: Path) -> Path:
    from pyrage import EncryptError, encrypt_io, x25519

    first = settings.BACKUP_ENCRYPTION_KEYS[0]
    if first.startswith("age1"):
        recipient = x25519.Recipient.from_str(first)
    else:
        recipient = x25519.Identity.from_str(first).to_public()
    target = path.with_name(path.name + ENCRYPTED)
    try:
        with path.open("rb") as source, target.open("wb") as sink:
            encrypt_io(source, sink, [recipient])
    except EncryptError as error:
        if _NO_SPACE.search(str(error)):
            raise OSError(28, "No space left on device") from error
        raise
    path.unlink()
    return target


def _decrypted(path: Path) -> Path:
    from pyrage import decrypt_io, x25519

    secret = [key for key in settings.BACKUP_ENCRYPTION_KEYS if not key.startswith("age1")]
    if not secret:
        raise BackupError("The backup is encrypted. Set BACKUP_ENCRYPTION_KEY to the secret key that opens it.")
    target = path.with_name(path.name.removesuffix(ENCRYPTED))
    try:
        with path.open("rb") as source, target.open("wb") as sink:
            decrypt_io(source, sink, [x25519.Identity.from_str(key) for key in secret])
    except Exception as error:  # pyrage raises its own and OSError for the same thing.
        if _NO_SPACE.search(str(error)):
            raise OSError(28, "No space left on device") from error
        raise BackupError(
            "The backup cannot be decrypted: none of the keys in BACKUP_ENCRYPTION_KEY opens it."
        ) from error
    path.unlink()
    return target
