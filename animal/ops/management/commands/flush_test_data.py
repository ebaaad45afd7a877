from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from animal.ops.flushing import flush, flushable_count


class Command(BaseCommand):
    help = "Delete test data and nothing else: accounts at .test addresses and others marked so, with all they have."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what it would be")
        parser.add_argument("--noinput", action="store_false", dest="interactive", help="do not ask")

    def handle(self, *, dry_run: bool, interactive: bool, **options: Any) -> None:
        for what, count in flushable_count().items():
            self.stdout.write(f"{count:>8} {what}")
        if dry_run:
            return
        if interactive and input("Delete this for good? Type yes: ").strip() != "yes":
            raise CommandError("Nothing was deleted.")
        flush()
        self.stdout.write("The test data are deleted.")
