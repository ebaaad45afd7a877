"""`manage.py soak`: mixed traffic for a long time."""

from __future__ import annotations

import signal
import sys
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from animal.bench.drills.soak import soak


class Command(BaseCommand):
    help = (
        "Sends mixed traffic at an even rate to a service of its own whose worker is busy, and measures errors, times "
        "and the growth of memory. Exits with 1 when a promised figure is missed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--minutes", type=float, default=30, help="how long (default 30)")
        parser.add_argument("--rate", type=float, default=20, help="requests per second (default 20)")
        parser.add_argument("--seed", type=int, default=1, help="of the photos (default 1)")
        parser.add_argument("--json", action="store_true", help="print JSON in place of the table")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["minutes"] <= 0 or options["rate"] <= 0 or options["minutes"] * 60 * options["rate"] < 1:
            raise CommandError("--minutes and --rate must be more than nothing.")
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        progress = Console(stderr=True, quiet=not sys.stderr.isatty())
        with tempfile.TemporaryDirectory(prefix="pawgle-soak-") as scratch:
            results = soak(
                Path(scratch),
                minutes=options["minutes"],
                rate=options["rate"],
                seed=options["seed"],
                progress=progress,
            )
        if options["json"]:
            self.stdout.write(results.as_json())
        else:
            results.print_table(Console(width=140))
        if results.missed:
            sys.exit(1)
