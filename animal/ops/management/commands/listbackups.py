from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from animal.ops.backup.create import LOCK
from animal.ops.backup.manifest import Manifest, manifest_read
from animal.ops.backup.store import BackupError, set_names, troubles_said
from animal.ops.locks import lock_taken_at

COLUMNS = "{:<20} {:<20} {:>10} {:>9} {:>8} {:<10} {:<14} {}"


class Command(BaseCommand):
    help = "List the backups, newest first. Exit code 1 when there is no complete one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one object a line")

    def handle(self, *, json: bool, **options: Any) -> None:
        try:
            with troubles_said():
                complete = [self._show(name, json) for name in set_names()].count(True)
        except BackupError as error:
            raise CommandError(str(error)) from error
        if not complete:
            raise CommandError("There is no complete backup.")

    def _show(self, name: str, as_json: bool) -> bool:
        try:
            manifest = manifest_read(name)
        except BackupError as error:
            self.stdout.write(f"{name}  {error}")
            return False
        if manifest is None:
            state = "being made" if lock_taken_at(LOCK) else "incomplete; the next backup removes it"
            self.stdout.write(json.dumps({"name": name, "state": state}) if as_json else f"{name:<22} {state}")
            return False
        facts = _facts(manifest)
        self.stdout.write(
            json.dumps(facts) if as_json else COLUMNS.format(*(str(value) for value in facts.values())).rstrip()
        )
        return True


def _facts(manifest: Manifest) -> dict[str, object]:
    return {
        "name": manifest.name,
        "made": manifest.finished_at[:19].replace("T", " "),
        "size": f"{manifest.bytes / 1e6:.1f} MB",
        "rows": sum(manifest.rows.values()),
        "files": "none" if manifest.pictures is None else manifest.pictures,
        "encrypted": "encrypted" if manifest.is_encrypted else "plain",
        "release": manifest.versions["release"],
        "label": manifest.label,
    }
