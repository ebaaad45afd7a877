from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from animal.ops.missing_assets import missing_assets_process


class Command(BaseCommand):
    help = "Queue readings of photos that nobody asked for, and make smaller sizes of pictures that are not there."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--all", action="store_true", help="every picture, not those of the last day only")

    def handle(self, **options: Any) -> None:
        found = missing_assets_process(everything=options["all"], seconds=float("inf"))
        self.stdout.write(f"{found.queued} readings queued, {found.derived} files made.")
        if found.lost:
            raise CommandError(f"Of {found.lost} pictures the file itself is gone or damaged; see `orphan_files`.")
