from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from animal.ops.backup.restore import restore
from animal.ops.backup.store import BackupError
from animal.ops.locks import Busy, LockLost
from animal.ops.maintenance import maintenance_is_on

SHOWN = 20


class Command(BaseCommand):
    help = (
        "Put a backup in the place of database and pictures. The set is checked as a whole before anything is touched; "
        "workers pause and people are answered 503 meanwhile."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="?", default="", help="as `listbackups` shows it (default: the newest)")
        parser.add_argument("--verify", action="store_true", help="afterwards open every file and compare everything")
        parser.add_argument("--force", action="store_true", help="replace a database that is not empty; see --discard")
        parser.add_argument(
            "--discard", action="store_true", help="with --force: do not back up first what is replaced"
        )

    def handle(self, *, name: str, verify: bool, force: bool, discard: bool, **options: Any) -> None:
        try:
            done = restore(name=name, force=force, discard=discard, verify=verify, migrate=True, say=self.stdout.write)
        except (BackupError, Busy, LockLost) as error:
            raise CommandError(f"{error}{_left_on()}") from error
        for note in done.notes[:SHOWN]:
            self.stdout.write(f"Note: {note}")
        for fault in done.faults[:SHOWN]:
            self.stderr.write(fault)
        if done.faults:
            raise CommandError(f"{done.manifest.name} was restored, but {len(done.faults)} things are not as it says.")
        proven = ", and everything is as it says" if verify else ""
        self.stdout.write(f"{done.manifest.name} is restored{proven}.")


def _left_on() -> str:
    if not maintenance_is_on():
        return ""
    return " Maintenance is on, since what is half done is not for people; restore again, or run `maintenance off`."
