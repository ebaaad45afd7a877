"""`manage.py seed_test_data`: animals with real photographs, two of them lost and found."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from animal.demo.animals import NoAnimals, animals_in, bundled_animals
from animal.demo.seed import DEFAULT_PLACE, is_seeded, seed, small_talk, wipe, work_now


class Command(BaseCommand):
    help = "Replace all test data by the demo's animals. Real data is never touched."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--wipe", action="store_true", help="only delete test data and the demo's accounts")
        parser.add_argument("--lat", type=float, default=DEFAULT_PLACE[0], help="around where (degrees)")
        parser.add_argument("--lon", type=float, default=DEFAULT_PLACE[1], help="around where (degrees)")
        parser.add_argument(
            "--photos", "--image-dir", type=Path, help="your own pictures: a folder for each animal, two photos or more"
        )
        parser.add_argument("--if-missing", action="store_true", help="do nothing when there is test data already")
        parser.add_argument("--work", action="store_true", help="read and compare the photos now, before any worker")

    def handle(self, *args: Any, **options: Any) -> None:
        if not (-89 <= options["lat"] <= 89 and -179 <= options["lon"] <= 179):
            raise CommandError("--lat must be from -89 to 89 and --lon from -179 to 179.")
        if options["wipe"]:
            wipe(accounts=True)
            self.stdout.write("Test data and demo accounts are deleted.")
            return
        if options["if_missing"] and is_seeded():
            self.stdout.write("There is test data already.")
            return
        try:
            animals = animals_in(options["photos"]) if options["photos"] else bundled_animals()
        except NoAnimals as error:
            raise CommandError(str(error)) from None
        wipe(accounts=False)
        seed(animals=animals, place=(options["lat"], options["lon"]), say=self._say)
        if options["work"]:
            work_now(self._say)
            small_talk()
        self._say(f"{len(animals)} animals are seeded.")

    def _say(self, line: str) -> None:
        self.stdout.write(f"  {line}")
