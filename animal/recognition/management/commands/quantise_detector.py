"""``quantise_detector``: the detector as it ships, from the network as its authors published it."""

from __future__ import annotations

import hashlib
from argparse import ArgumentParser
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

PHOTOS = 128


class Command(BaseCommand):
    # It needs the photos, not the site.
    requires_system_checks = ()
    help = (
        "Writes the detector with convolutions in eight bits. MODEL is NanoDet-Plus-m-1.5x 416 as ONNX in full or half "
        "precision; DIR/animal/photo are photos with animals, from which the range of every layer is read."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("model", type=Path, metavar="MODEL")
        parser.add_argument("directory", type=Path, metavar="DIR", nargs="+")
        parser.add_argument("--out", type=Path, required=True, help="the file to write")

    def handle(self, *args: Any, **options: Any) -> str:
        if find_spec("onnx") is None:
            raise CommandError("This needs onnx: uv sync --frozen --inexact --group backbone.")
        from animal.recognition.convert import write_atomically
        from animal.recognition.evaluation import find_photos
        from animal.recognition.training.detector_in_eight_bits import detector_in_eight_bits

        if not options["model"].is_file():
            raise CommandError(f"{options['model']} is not a file.")
        paths = []
        for directory in options["directory"]:
            found = [path for _, path in find_photos(directory)]
            each = max(1, PHOTOS // len(options["directory"]))
            paths += found[:: max(1, len(found) // each)][:each]
        if not paths:
            raise CommandError("There is no photo in those folders.")
        try:
            content = detector_in_eight_bits(options["model"], paths)
        except ValueError as error:
            raise CommandError(str(error)) from error
        write_atomically(options["out"], content)
        return f"{options['out']}: {len(content) / 1e6:.2f} MB, SHA-256 {hashlib.sha256(content).hexdigest()}"
