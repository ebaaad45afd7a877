"""``manage.py fit_calibration``: what the cosines of the model in use mean, fitted anew for its vectors."""

from __future__ import annotations

import hashlib
import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from animal.recognition.bundled import CALIBRATION, WEIGHTS_DIR
from animal.recognition.calibrating.calibrate import calibration_values
from animal.recognition.convert import write_atomically
from animal.recognition.errors import ModelUnavailable
from animal.recognition.measuring.cache import vector_cache
from animal.recognition.measuring.photos import PhotoSet, read_folder
from animal.recognition.providers import get_embedder
from animal.recognition.training.dataset import split_animals


class Command(BaseCommand):
    # It needs the model and the photos, not the site.
    requires_system_checks = ()
    help = (
        "Fits the curves of weights/calibration.json, by species, on SPECIES=DIR/animal/photo. Of species named by "
        "--trained-on, only the animals that the training kept for validation are used: none that was learnt from, "
        "and none of the quarter that eval_recognition --unseen 0.25 measures. Of species named by --unseen, that "
        "quarter itself: measure those with --cross-fit. Vectors are kept in VAR_DIR/measuring."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folders", nargs="+", metavar="SPECIES=DIR", help="for example dog=photos/dogs")
        parser.add_argument("--trained-on", nargs="*", default=[], metavar="SPECIES", help="species trained on DIR")
        parser.add_argument(
            "--unseen",
            nargs="*",
            default=[],
            metavar="SPECIES",
            help="species with few animals: fit on the quarter that eval_recognition --unseen 0.25 measures",
        )
        parser.add_argument("--out", type=Path, default=WEIGHTS_DIR / CALIBRATION, metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        folders = _folders(options["folders"])
        if unknown := {*options["trained_on"], *options["unseen"]} - set(folders):
            raise CommandError(f"No folder was given for {', '.join(sorted(unknown))}.")
        try:
            version = get_embedder().version
            photos_of = {
                species: _calibration_photos(
                    directory, trained_on=species in options["trained_on"], unseen=species in options["unseen"]
                )
                for species, directory in folders.items()
            }
            values = calibration_values(version, photos_of)
        except ModelUnavailable as error:
            raise CommandError(str(error)) from error
        except ValueError as error:
            raise CommandError(f"{error}; the folders need more animals with two photos and more.") from error
        content = (json.dumps(values, indent=2) + "\n").encode()
        write_atomically(options["out"], content)
        self.stdout.write(_summary(values))
        self.stdout.write(f'{options["out"]}; in bundled.py: CALIBRATION: "{hashlib.sha256(content).hexdigest()}",')


def _folders(given: list[str]) -> dict[str, Path]:
    folders = {}
    for item in given:
        species, separator, directory = item.partition("=")
        if not separator or not species or not Path(directory).is_dir():
            raise CommandError(f"{item!r} is not SPECIES=DIR with a folder that exists.")
        folders[species] = Path(directory)
    return folders


def _calibration_photos(directory: Path, *, trained_on: bool, unseen: bool) -> PhotoSet:
    embedder = get_embedder()

    def progress(answers: Iterator[object], total: int) -> Iterator[object]:
        return iter(tqdm(answers, total=total, unit="photo", desc=directory.name, disable=not sys.stderr.isatty()))

    photos = read_folder(directory, embedder, vector_cache(settings.VAR_DIR, embedder), progress=progress)
    split = split_animals(photos.names)
    if trained_on or unseen:
        return photos.of_animals(set(split.unseen if unseen else split.validation))
    return photos


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
        ]
    return "\n".join(lines)
