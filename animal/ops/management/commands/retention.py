from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from animal.ops.retention import retention_due, retention_step


class Command(BaseCommand):
    help = "Forget now what its retention period is over for, as the daily schedule does."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say how much of what it would be")

    def handle(self, *, dry_run: bool, **options: Any) -> None:
        now = timezone.now()
        if dry_run:
            for rule, count in retention_due(now):
                self.stdout.write(f"{count:>8} {rule.what}")
            return
        total, more = dict[str, int](), True
        while more:
            forgotten, more = retention_step(now)
            total = {what: total.get(what, 0) + forgotten.get(what, 0) for what in total.keys() | forgotten.keys()}
        for what, count in sorted(total.items()):
            self.stdout.write(f"{count:>8} {what}")
        self.stdout.write("Forgotten." if total else "There is nothing to forget.")
