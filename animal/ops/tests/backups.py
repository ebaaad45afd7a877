"""Backups of a test's own database and pictures, in folders that go away."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from typing import Any

from django.core.files.storage import FileSystemStorage
from django.core.management import call_command

FULL_DISK = "animal.ops.tests.backups.FullDisk"
NO_ROOM = "animal.ops.tests.backups.NoRoom"


class FullDisk(FileSystemStorage):
    """A disk that is full once the pictures are on it."""

    def _save(self, name: str, content: Any) -> str:
        if "database" in name:
            raise OSError(28, "No space left on device")
        return super()._save(name, content)


def manage(*arguments: str) -> str:
    """What the command says; it raises CommandError when it cannot do what it is for."""
    output = io.StringIO()
    call_command(*arguments, stdout=output, stderr=output)
    return output.getvalue()


def sets_in(folder: Path) -> list[str]:
    return sorted((path.name for path in folder.iterdir()), reverse=True) if folder.exists() else []


def complete_sets_in(folder: Path) -> list[str]:
    return [name for name in sets_in(folder) if (folder / name / "manifest.json").exists()]


def backdate(folder: Path, name: str, older: str) -> None:
    """A copy of a set, as if it had been made at another time."""
    shutil.copytree(folder / name, folder / older)
    manifest = folder / older / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "name": older}))


def manifest_edit(folder: Path, name: str, **values: Any) -> None:
    path = folder / name / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


class NoRoom(FileSystemStorage):
    def _save(self, name: str, content: Any) -> str:
        raise OSError(28, "No space left on device")
