"""`manage.py bench NAME`: reproducible measurements on real processes and real data."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from animal.bench.api import bench_api
from animal.bench.index import bench_index
from animal.bench.pages import bench_pages
from animal.bench.population import Size
from animal.bench.recognition import bench_recognition
from animal.bench.results import Results
from animal.bench.reunion import bench_reunion
from animal.bench.sign_in_timing import bench_sign_in_timing

# Each takes the command's options and a console for progress bars.
BENCHES: dict[str, Callable[[dict[str, Any], Console], Results]] = {
    "api": lambda options, progress: bench_api(
        requests=options["requests"], rounds=options["rounds"], size=Size(), progress=progress
    ),
    "index": lambda options, progress: bench_index(
        vectors=options["vectors"], qdrant=options["qdrant"], exact_only=options["exact_only"], progress=progress
    ),
    "pages": lambda options, progress: bench_pages(loads=options["loads"], progress=progress),
    "recognition": lambda options, progress: bench_recognition(photos=options["photos"], progress=progress),
    "reunion": lambda options, progress: bench_reunion(reports=options["reports"], progress=progress),
    "sign_in_timing": lambda options, progress: bench_sign_in_timing(tries=options["tries"], progress=progress),
}
COUNTS = {
    "loads": (5, "pages: how many times each page is loaded"),
    "photos": (60, "recognition: how many photos are read"),
    "reports": (50, "reunion: how many found reports are filed"),
    "requests": (200, "api: how many requests of each kind are measured in a round"),
    "rounds": (3, "api: how many rounds; the one with the median p95 counts"),
    "tries": (200, "sign_in_timing: how many known, and as many unknown, addresses at each door"),
    "vectors": (100_000, "index: how many vectors are searched"),
}


class Command(BaseCommand):
    help = "Measure one part of PawGle. Exits with 1 when a promised figure is missed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", choices=sorted(BENCHES))
        parser.add_argument("--json", action="store_true", help="print JSON in place of the table")
        for name, (default, what) in COUNTS.items():
            parser.add_argument(f"--{name}", type=int, default=default, help=f"{what} (default {default})")

        parser.add_argument(
            "--qdrant", default="", metavar="URL", help="index: a Qdrant server, in place of the client's own engine"
        )
        parser.add_argument("--exact-only", action="store_true", help="index: leave Qdrant out")

    def handle(self, *args: Any, **options: Any) -> None:
        for name in COUNTS:
            if options[name] < 1:
                raise CommandError(f"--{name} must be at least 1.")
        progress = Console(stderr=True, quiet=not sys.stderr.isatty())
        results = BENCHES[options["name"]](options, progress)
        if options["json"]:
            self.stdout.write(results.as_json())
        else:
            results.print_table(Console(width=140))
        if results.missed:
            sys.exit(1)
