"""``manage.py eval_reunion DIR``: measures recognition on one's own photos, one folder per animal."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from animal.recognition.calibrating.reliability import meaning
from animal.recognition.calibration import GALLERY
from animal.recognition.evaluation import find_photos, notified, probabilities, read_photos, reunite
from animal.recognition.providers import get_calibration, get_embedder
from animal.recognition.scoring import GALLERIES


class Command(BaseCommand):
    # It needs the model and the photos, not the site: a half-configured one must not keep it from measuring.
    requires_system_checks = ()
    help = (
        "Registers every animal of DIR (one folder per animal) with every second of its photos, files a found report "
        "with each of the others, and prints how often the true animal is found and how many wrong pairs are notified."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("directory", type=Path, metavar="DIR")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of the table")

    def handle(self, *args: Any, **options: Any) -> None:
        directory: Path = options["directory"]
        if not directory.is_dir():
            raise CommandError(f"{directory} is not a folder.")
        figures = measure(directory, quiet=options["json"])
        self.stdout.write(json.dumps(figures, indent=2) if options["json"] else table(figures))


def measure(directory: Path, *, quiet: bool = False) -> dict[str, Any]:
    """Every figure of the table. Raises CommandError when there is nothing to measure."""
    photos = find_photos(directory)
    embedder = get_embedder()
    readings = read_photos(photos, embedder)
    read = list(tqdm(readings, total=len(photos), unit="photo", disable=quiet))
    reunion = reunite(read)
    if not reunion.reports or len(reunion.animals) < 2:
        raise CommandError(f"{directory} needs at least two folders with two photos each.")
    calibration = get_calibration()
    said = probabilities(reunion, read, calibration)
    thresholds = {
        "reported_lost": settings.AUTOMATCH_MIN_SIMILARITY,
        "only_registered": calibration.registered_pet_threshold,
    }
    figures: dict[str, Any] = {
        "embedder": f"{embedder.name} {embedder.version}",
        "animals": len(reunion.animals),
        "photos": len(photos),
        "photos_without_an_animal": sum(photo.vector is None for photo in read),
        "reports": reunion.reports,
        "first": round(reunion.among_first(1), 4),
        "among_first_five": round(reunion.among_first(5), 4),
    }
    for name, threshold in thresholds.items():
        result = notified(said, threshold)
        figures[name] = {
            "threshold": threshold,
            "right": result.right,
            "wrong": result.wrong,
            "wrong_per_right": round(result.wrong_per_right, 3),
            "reports_notified_right": round(result.right / reunion.reports, 4),
        }
    figures["first_by_score"] = {
        name: round(reunite(read, gallery_of).among_first(1), 4) for name, gallery_of in GALLERIES.items()
    }
    figures["meaning"] = meaning(said.cosines.ravel(), said.right_pairs().ravel())
    return figures


def table(figures: dict[str, Any]) -> str:
    lines = [
        f"{figures['embedder']}: {figures['animals']} animals, {figures['photos']} photos "
        f"({figures['photos_without_an_animal']} without an animal seen), {figures['reports']} found reports",
        f"true animal first            {figures['first']:7.1%}",
        f"true animal among first five {figures['among_first_five']:7.1%}",
        "pairs notified               threshold  right  wrong  wrong per right",
    ]
    for name, label in (("reported_lost", "  reported lost"), ("only_registered", "  only registered")):
        row = figures[name]
        lines.append(
            f"{label:28} {row['threshold']:9.2f} {row['right']:6} {row['wrong']:6} {row['wrong_per_right']:16.3f}"
        )
    lines.append("true animal first, by the score of several photos")
    lines += [f"  {name:26} {first:7.1%}" for name, first in figures["first_by_score"].items()]
    lines.append(f"pairs given a probability       pairs    said   right (meant for {GALLERY} animals)")
    lines += [f"{'':28} {row['pairs']:8} {row['said']:7.2f} {row['right']:7.2f}" for row in figures["meaning"]]
    return "\n".join(lines)
