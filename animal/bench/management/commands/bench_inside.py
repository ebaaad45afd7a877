"""The part of a benchmark that runs inside of a scratch service's settings; `manage.py bench` starts it."""

from __future__ import annotations

import functools
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand

from animal.bench.index_inside import measure_index
from animal.bench.recognition_inside import measure_one_core, measure_throughput
from animal.bench.results import Results

PARTS: dict[str, Callable[[int], Results]] = {
    "index": measure_index,
    "exact_index": functools.partial(measure_index, exact_only=True),
    "one_core": measure_one_core,
    "throughput": measure_throughput,
}


class Command(BaseCommand):
    help = "Used by `bench`. Fills the database it is given: never run it by hand."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("part", choices=sorted(PARTS))
        parser.add_argument("--count", type=int, required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(PARTS[options["part"]](options["count"]).as_json())
