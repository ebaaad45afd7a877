"""`manage.py drill NAME`: break one part under load, and account for everything that was accepted."""

from __future__ import annotations

import signal
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from animal.bench.drills.faults import DRILLS
from animal.bench.drills.run import run_drill
from animal.bench.drills.scene import DrillFailed
from animal.bench.drills.servers import Missing
from animal.ops.stack import ServerFailed

ALL = "all"


class Command(BaseCommand):
    help = (
        "Files reports over HTTP to a service of its own, breaks one part meanwhile, mends it, and says what was "
        "accepted, finished, lost and doubled. Exits with 1 when a promise is broken, with 2 when something that the "
        "drill needs is missing here."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", choices=[*DRILLS, ALL])
        parser.add_argument("--reports", type=int, default=100, help="how many are filed (default 100)")
        parser.add_argument("--seed", type=int, default=1, help="of the photos (default 1)")
        parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep logs and database in FOLDER/NAME")
        parser.add_argument("--json", action="store_true", help="print JSON in place of the table, an object for each")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["reports"] < 1:
            raise CommandError("--reports must be at least 1.")
        # Whoever stops a drill stops what it has started.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        missed = False
        for name in DRILLS if options["name"] == ALL else [options["name"]]:
            try:
                results = run_drill(name, reports=options["reports"], seed=options["seed"], keep_in=options["keep"])
            except Missing as missing:
                raise CommandError(f"drill {name}: {missing}", returncode=2) from missing
            except (DrillFailed, ServerFailed) as failure:
                raise CommandError(f"drill {name}: {failure}") from failure
            if options["json"]:
                self.stdout.write(results.as_json())
            else:
                results.print_table(Console(width=140))
            self.stdout.flush()
            missed = missed or bool(results.missed)
        if missed:
            sys.exit(1)
