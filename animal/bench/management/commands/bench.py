"""`manage.py bench NAME`: reproducible measurements on real processes and real data."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from animal.bench.reunion import bench_reunion

BENCHES = {"reunion": bench_reunion}


class Command(BaseCommand):
    help = "Measure one part of PawGle. Exits with 1 when a promised figure is missed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", choices=sorted(BENCHES))
        parser.add_argument("--json", action="store_true", help="print JSON in place of the table")
        parser.add_argument("--reports", type=int, default=50, help="how many found reports are filed (default 50)")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["reports"] < 1:
            raise CommandError("--reports must be at least 1.")
        progress = Console(stderr=True, quiet=not sys.stderr.isatty())
        results = BENCHES[options["name"]](reports=options["reports"], progress=progress)
        if options["json"]:
            self.stdout.write(results.as_json())
        else:
            results.print_table(Console(width=120))
        if results.missed:
            sys.exit(1)
