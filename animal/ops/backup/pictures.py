"""The files that rows name: into volumes, and back."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import models

from animal.ops.backup.store import BackupError

VOLUME_BYTES = 256 << 20
INDEX = "pictures.jsonl.gz"
# Object stores answer one at a time slowly and many at a time well. So many files are in memory at most.
AT_ONCE = 8


@dataclass(frozen=True)
class Filed:
    """One file in a volume."""

    name: str
    bytes: int
    sha256: str
    volume: str


def named_files() -> set[str]:
    """Every file in the default storage that a row names, now."""
    return {name for model, columns in file_columns() for name in _names(model, columns)}


def file_columns() -> list[tuple[type[models.Model], list[str]]]:
    found = []
    for model in apps.get_models():
        fields = [field for field in model._meta.concrete_fields if isinstance(field, models.FileField)]
        if columns := [field.attname for field in fields if field.storage is default_storage]:
            found.append((model, columns))
    return found


def _names(model: type[models.Model], columns: list[str]) -> Iterator[str]:
    for row in model._default_manager.values_list(*columns).iterator(chunk_size=2000):
        yield from (str(name) for name in row if name)


def content(name: str) -> bytes | None:
    """None when the file is gone. What else goes wrong is not for us to pass over."""
    try:
        with default_storage.open(name) as file:
            return bytes(file.read())
    except FileNotFoundError:
        return None


def contents(names: Iterable[str]) -> Iterator[tuple[str, bytes | None]]:
    waiting = iter(sorted(names))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while batch := list(islice(waiting, AT_ONCE)):
            yield from zip(batch, pool.map(content, batch), strict=True)


class Volumes:
    """Files go in one by one; whole volumes are handed to `store` as they fill up."""

    def __init__(self, folder: Path, store: Callable[[Path], object]) -> None:
        self.folder, self.store = folder, store
        self.filed: dict[str, Filed] = {}
        self.bytes = 0
        self._number = 0
        self._tar: tarfile.TarFile | None = None
        self._path = folder
        self._room = 0

    def add_all(self, names: Iterable[str]) -> None:
        for name, found in contents(set(names) - self.filed.keys()):
            if found is not None:
                self._add(name, found)

    def _add(self, name: str, data: bytes) -> None:
        if self._tar is None or self._room < len(data):
            self.close()
            self._number += 1
            self._path = self.folder / f"pictures-{self._number:04}.tar"
            self._tar, self._room = tarfile.open(self._path, "w"), VOLUME_BYTES  # noqa: SIM115 - closed by close()
        member = tarfile.TarInfo(name)
        member.size = len(data)
        self._tar.addfile(member, io.BytesIO(data))
        self._room -= len(data)
        self.bytes += len(data)
        self.filed[name] = Filed(name, len(data), hashlib.sha256(data).hexdigest(), self._path.name)

    def close(self) -> None:
        if self._tar is not None:
            self._tar.close()
            self._tar = None
            self.store(self._path)

    def index_write(self) -> Path:
        path = self.folder / INDEX
        with gzip.open(path, "wt", compresslevel=6, encoding="utf-8") as file:
            for filed in self.filed.values():
                file.write(json.dumps([filed.name, filed.bytes, filed.sha256, filed.volume]) + "\n")
        return path


def index_read(path: Path) -> dict[str, Filed]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return {filed.name: filed for filed in (Filed(*json.loads(line)) for line in file)}


def volume_unpack(path: Path, index: dict[str, Filed]) -> int:
    """Put every file of the volume where it was; returns how many."""
    count = 0
    with tarfile.open(path, "r:") as tar:
        for member in tar:
            source = tar.extractfile(member)
            data = source.read() if source else b""
            if hashlib.sha256(data).hexdigest() != index[member.name].sha256:
                raise BackupError(f"{member.name} in {path.name} is damaged. Choose another backup.")
            default_storage.delete(member.name)  # Otherwise it would get another name beside what lies there.
            default_storage.save(member.name, ContentFile(data))
            count += 1
    return count
