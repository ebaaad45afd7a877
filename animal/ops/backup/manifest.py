"""What a set says of itself."""

from __future__ import annotations

import json
import platform
from dataclasses import asdict, dataclass, field
from typing import Any

import django
from django.core.files.base import ContentFile
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from animal.ops.backup.parts import Part
from animal.ops.backup.store import MANIFEST, BackupError, backup_storage, set_names
from animal.ops.release import release_here

FORMAT = 1


@dataclass(frozen=True)
class Manifest:
    """`rows`: how many each table holds. `missing`: files that rows named and that were gone already then, or were
    deleted meanwhile. `pictures` is None when they were left out."""

    name: str
    label: str
    started_at: str
    finished_at: str
    versions: dict[str, str]
    engine: str
    migrations: list[str]
    rows: dict[str, int]
    database: Part
    pictures: int | None = None
    picture_bytes: int = 0
    index: Part | None = None
    volumes: list[Part] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    @property
    def parts(self) -> list[Part]:
        return [self.database, *([self.index] if self.index else []), *self.volumes]

    @property
    def bytes(self) -> int:
        return sum(part.bytes for part in self.parts)

    @property
    def is_encrypted(self) -> bool:
        return self.database.name.endswith(".age")


def versions_here() -> dict[str, str]:
    server = ".".join(str(part) for part in connection.get_database_version())
    return {
        "release": release_here(),
        "django": django.get_version(),
        "python": platform.python_version(),
        "database": f"{connection.vendor} {server}",
    }


def migrations_applied() -> list[str]:
    """As app.name, sorted; none when there are no tables yet."""
    return sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())


def migrations_unknown(migrations: list[str]) -> list[str]:
    """Those of these that this release has never heard of: they are of a newer one."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    known = {f"{app}.{name}" for app, name in loader.disk_migrations or {}}
    known |= {
        f"{app}.{name}" for migration in (loader.disk_migrations or {}).values() for app, name in migration.replaces
    }
    return sorted(set(migrations) - known)


def manifest_write(manifest: Manifest) -> None:
    text = json.dumps({"format": FORMAT, **asdict(manifest)}, indent=1)
    backup_storage().save(f"{manifest.name}/{MANIFEST}", ContentFile(text.encode()))


def manifest_read(name: str) -> Manifest | None:
    """None when there is none, or half of one: the set is not complete."""
    try:
        with backup_storage().open(f"{name}/{MANIFEST}") as file:
            said: dict[str, Any] = json.loads(file.read())
    except (FileNotFoundError, ValueError):
        return None
    if said.pop("format", None) != FORMAT:
        raise BackupError(f"The backup {name} was made by another release of PawGle, which has to restore it.")
    index = said["index"]
    return Manifest(
        **{
            **said,
            "database": Part(**said["database"]),
            "index": Part(**index) if index else None,
            "volumes": [Part(**part) for part in said["volumes"]],
        }
    )


def manifests() -> list[Manifest]:
    """Of all complete sets, newest first."""
    return [manifest for name in set_names() if (manifest := manifest_read(name)) is not None]
