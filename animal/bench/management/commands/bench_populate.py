"""`manage.py bench_populate`: fill an empty database with what `manage.py bench api` measures."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict, fields
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from animal.bench.population import Size, populate


class Command(BaseCommand):
    help = "Fill an empty database with rows to measure. Refuses one that anybody uses."

    def add_arguments(self, parser: ArgumentParser) -> None:
        for field in fields(Size):
            parser.add_argument(f"--{field.name.replace('_', '-')}", type=int, default=field.default)

    def handle(self, *args: Any, **options: Any) -> None:
        size = Size(**{field.name: options[field.name] for field in fields(Size)})
        try:
            populated = populate(size)
        except ValueError as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(json.dumps(asdict(populated)))
