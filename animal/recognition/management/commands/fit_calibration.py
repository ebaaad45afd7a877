"""``manage.py fit_calibration``: what the cosines of the model in use mean, fitted anew for its vectors."""

from __future__ import annotations

import hashlib
import json
from argparse import ArgumentParser, BooleanOptionalAction
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from animal.recognition.bundled import CALIBRATION, WEIGHTS_DIR
from animal.recognition.calibrating.calibrate import Compared, calibration_values
from animal.recognition.convert import write_atomically
from animal.recognition.errors import ModelUnavailable
from animal.recognition.management.heads import head_progress, shipped_heads
from animal.recognition.measuring.cache import vector_cache
from animal.recognition.measuring.photos import PhotoSet, folder_progress, read_folder
from animal.recognition.providers import get_embedder


class Command(BaseCommand):
    # It needs the model and the photos, not the site.
    requires_system_checks = ()
    help = (
        "Fits the curves of weights/calibration.json, by species, on SPECIES=DIR/animal/photo. Of the species named by "
        "--trained-on, only the animals that the training kept for validation are used, compared by a head fitted anew "
        "without them: none that was learnt from, and none of the quarter that eval_recognition --unseen 0.25 "
        "measures. Of the species named by --cross-fit, of which only the head learnt, all animals are used, each pair "
        "compared by a head fitted anew without the two; that takes some minutes. Vectors and features are kept in "
        "VAR_DIR/measuring."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folders", nargs="+", metavar="SPECIES=DIR", help="for example dog=photos/dogs")
        parser.add_argument("--trained-on", metavar="SPECIES", help="the species that the backbone was trained on")
        parser.add_argument(
            "--cross-fit", metavar="SPECIES", help="the training's --second; needs the folder of --trained-on as well"
        )
        parser.add_argument(
            "--crop", action=BooleanOptionalAction, default=False, help="the --crop that train_recognition was given"
        )
        parser.add_argument("--out", type=Path, default=WEIGHTS_DIR / CALIBRATION, metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        folders = _folders(options["folders"])
        first, second = options["trained_on"], options["cross_fit"]
        if unknown := {first, second} - {None, *folders}:
            raise CommandError(f"No folder was given for {', '.join(sorted(unknown))}.")
        if second and first in (None, second):
            raise CommandError("--cross-fit needs --trained-on with the species that the backbone learnt from.")
        try:
            compared = {
                species: Compared.as_shipped(_all_photos(directory))
                for species, directory in folders.items()
                if species not in (first, second)
            }
            if first:
                heads = shipped_heads(folders[first], folders[second] if second else None, crop=options["crop"])
                compared[first] = Compared.of_validation(heads)
                if second:
                    compared[second] = Compared.by_other_heads(heads, progress=head_progress)
            values = calibration_values(get_embedder().version, compared)
        except ModelUnavailable as error:
            raise CommandError(str(error)) from error
        except ValueError as error:
            raise CommandError(f"{error}; the folders need more animals with two photos and more.") from error
        content = (json.dumps(values, indent=2) + "\n").encode()
        summary = _summary(values)
        write_atomically(options["out"], content)
        self.stdout.write(summary)
        self.stdout.write(f'{options["out"]}; in bundled.py: CALIBRATION: "{hashlib.sha256(content).hexdigest()}",')


def _folders(given: list[str]) -> dict[str, Path]:
    folders = {}
    for item in given:
        species, separator, directory = item.partition("=")
        if not separator or not species or not Path(directory).is_dir():
            raise CommandError(f"{item!r} is not SPECIES=DIR with a folder that exists.")
        folders[species] = Path(directory)
    return folders


def _all_photos(directory: Path) -> PhotoSet:
    embedder = get_embedder()
    return read_folder(
        directory, embedder, vector_cache(settings.VAR_DIR, embedder), progress=folder_progress(directory)
    )


def _summary(values: dict[str, Any]) -> str:
    lines = []
    for species, fitted in values["species"].items():
        photos, animals, counts = fitted["photos"], fitted["animals"], fitted["fitted_on"]
        left_out = photos["left_out"]
        lines += [
            f"{species}: {counts['animals']} animals, {counts['photos']} photos on which one is seen",
            f"  two photos       {photos['form']:9} Brier of forms {photos['brier_of_forms']}",
            f"    of animals left out: {left_out['pairs']:,} pairs, calibration error {left_out['ece']:.4f}, "
            f"Brier {left_out['brier']:.4f}, skill {left_out['brier_skill']:.3f}",
            f"  photo and animal {animals['form']:9} Brier of forms {animals['brier_of_forms']}",
            f"    evidence from {animals['least']:.1f} to {animals['most']:.1f}; heads {counts['heads']}",
        ]
        lines += [
            f"    of animals left out: said {row['said']:.2f}, {row['right']:.2f} right ({row['pairs']:,} rows)"
            for row in animals["left_out"]
        ]
    return "\n".join(lines)
