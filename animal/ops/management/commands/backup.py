from __future__ import annotations

import logging
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from animal.ops.backup.create import backup_create
from animal.ops.backup.store import BackupError
from animal.ops.locks import Busy, LockLost

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Back up database and pictures as one consistent set, while everything goes on; then forget old sets."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--label", default="by hand", help="why it is made, for `listbackups`")
        parser.add_argument("--quiet", action="store_true", help="into the log instead of onto the console")

    def handle(self, *, label: str, quiet: bool, **options: Any) -> None:
        say = logger.info if quiet else self.stdout.write
        try:
            made = backup_create(label=label[:100], say=say)
        except (BackupError, Busy, LockLost) as error:
            if quiet:
                logger.exception("No backup was made")  # From here it goes to Sentry, where that is configured.
            raise CommandError(f"No backup was made. {error}") from error
        if made.missing:
            say(f"{len(made.missing)} files that rows name could not be copied: they are gone.")
        size = f"{made.bytes / 1e6:.1f} MB" + (", encrypted" if made.is_encrypted else "")
        say(f"The backup {made.name} is complete ({size}).")
