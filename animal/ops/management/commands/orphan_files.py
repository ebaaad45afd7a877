from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from animal.ops.backup.create import LOCK
from animal.ops.locks import Busy, only_one
from animal.ops.orphan_files import Outcome, files_compare, orphans_delete

SHOWN = 20
# Crashes leave a few. More than a tenth of all files is rather the wrong database, or half of the right one.
FEW = 50
logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Find files that no row names, and rows whose files are gone. Exit code 1 when there are such rows."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--delete", action="store_true", help="delete the files that no row names")
        parser.add_argument("--grace-hours", type=_hours, default=24, help="leave younger files alone (default 24)")
        parser.add_argument("--however-many", action="store_true", help="also more than a tenth of all files")
        parser.add_argument("--quiet", action="store_true", help="into the log instead of onto the console")

    def handle(self, *, delete: bool, grace_hours: int, quiet: bool, however_many: bool, **options: Any) -> None:
        say = logger.info if quiet else self.stdout.write
        try:
            with only_one(LOCK):  # While a backup is restored, files come before their rows.
                found = files_compare(older_than=timezone.now() - timedelta(hours=grace_hours))
                if delete and not however_many and len(found.orphans) > max(FEW, found.files // 10):
                    if quiet:
                        logger.error(
                            "%s of %s files belong to no row: none is deleted", len(found.orphans), found.files
                        )
                    raise CommandError(_too_many(found))
                deleted = orphans_delete(found) if delete else 0
        except Busy as error:
            raise CommandError(str(error)) from error
        say(f"{found.files} files; {len(found.orphans)} belong to no row, {found.young} more are too young to tell.")
        if found.foreign:
            say(f"{found.foreign} files are not of PawGle's making and were left alone.")
        if delete:
            say(f"{deleted} files were deleted.")
        for line in [] if delete else found.orphans[:SHOWN]:
            say(f"  {line}")
        if found.lost:
            listed = "\n".join(f"  {line}" for line in found.lost[:SHOWN])
            if quiet:
                logger.error("%s rows have lost their files", len(found.lost))
            raise CommandError(f"{len(found.lost)} rows have lost their files:\n{listed}")


def _too_many(found: Outcome) -> str:
    return (
        f"{len(found.orphans)} of {found.files} files belong to no row, which is more than crashes leave, so none was "
        "deleted. Is this the database that belongs to these files? If so: --however-many."
    )


def _hours(text: str) -> int:
    hours = int(text)
    if not 1 <= hours <= 24 * 365:
        raise ValueError(text)
    return hours
