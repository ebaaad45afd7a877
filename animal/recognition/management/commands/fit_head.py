"""``manage.py fit_head DIR``: the head of the recogniser in use fitted anew, without training the network."""

from __future__ import annotations

import hashlib
import json
from argparse import ArgumentParser, BooleanOptionalAction
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from animal.recognition.bundled import LEARNT_FROM, RECOGNISER, bundled_path
from animal.recognition.convert import write_atomically
from animal.recognition.errors import ModelUnavailable
from animal.recognition.management.heads import shipped_features
from animal.recognition.measuring.learnt import unlisted
from animal.recognition.training.heads import Heads
from animal.recognition.training.initial_head import Head
from animal.recognition.training.shipping import figures, photos_learnt_from, shipped_head


class Command(BaseCommand):
    # It needs the model and the photos, not the site.
    requires_system_checks = ()
    help = (
        "Fits the head of the recogniser in use anew, as train_recognition does at its end, on the folders "
        "DIR/animal/photo that it was trained on, to which animals may have been added. Takes minutes, and no PyTorch "
        "(uv sync --inexact --group backbone). Writes OUT/recogniser.onnx and OUT/learnt_from.json and prints how well "
        "animals are told apart that neither learnt from. Features are kept in VAR_DIR/measuring."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("directory", type=Path, metavar="DIR")
        parser.add_argument("--second", type=Path, metavar="DIR", help="whole photos of another species")
        parser.add_argument("--out", type=Path, required=True, metavar="OUT", help="folder for the result")
        parser.add_argument(
            "--crop", action=BooleanOptionalAction, default=False, help="the --crop that train_recognition was given"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        first, second, out = options["directory"], options["second"], options["out"]
        for directory in (first, second):
            if directory is not None and not directory.is_dir():
                raise CommandError(f"{directory} is not a folder.")
        if find_spec("onnx") is None:
            raise CommandError("ONNX's own package is missing: uv sync --inexact --group backbone.")
        try:
            recogniser = bundled_path(RECOGNISER, settings.MODEL_DIR)
            heads = Heads(
                shipped_features(first, crop=options["crop"]),
                shipped_features(second, crop=True) if second else None,
            )
            learnt = photos_learnt_from(heads)
            if lacking := unlisted(learnt, recogniser.with_name(LEARNT_FROM)):
                raise CommandError(
                    f"{lacking} photos that the recogniser in use learnt from are not among those to learn "
                    "from here. Give the folders that it was trained on."
                )
            head = shipped_head(heads)
            content = _with_head(recogniser.read_bytes(), head)
            out.mkdir(parents=True, exist_ok=True)
        except (ModelUnavailable, OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        write_atomically(out / RECOGNISER, content)
        write_atomically(out / LEARNT_FROM, learnt)
        report = {"file": RECOGNISER, "sha256": hashlib.sha256(content).hexdigest(), **figures(heads, head)}
        self.stdout.write(json.dumps(report, indent=2))


def _with_head(recogniser: bytes, head: Head) -> bytes:
    from animal.recognition.training.export import centre_of, with_head  # Imports onnx.

    return with_head(recogniser, replace(head, mean=head.mean + centre_of(recogniser)))
