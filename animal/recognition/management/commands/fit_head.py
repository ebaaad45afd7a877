"""``manage.py fit_head DIR``: the head of the recogniser in use fitted anew, without training the network."""

from __future__ import annotations

import hashlib
import json
from argparse import ArgumentParser, BooleanOptionalAction
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from animal.recognition.bundled import LEARNT_FROM, RECOGNISER, bundled_path
from animal.recognition.convert import write_atomically
from animal.recognition.errors import ModelUnavailable
from animal.recognition.management.heads import features_of
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
        parser.add_argument(
            "--export-anew",
            action="store_true",
            help="first build the file anew around the weights in it, as after a change of what it computes from them",
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
            with TemporaryDirectory(prefix="pawgle-head-") as folder:
                network = recogniser
                if options["export_anew"]:
                    network = Path(folder) / RECOGNISER
                    write_atomically(network, _exported_anew(recogniser.read_bytes(), options))
                heads = Heads(
                    features_of(first, network, crop=options["crop"]),
                    features_of(second, network, crop=True) if second else None,
                )
                fed = network.read_bytes()
            learnt = photos_learnt_from(heads)
            if lacking := unlisted(learnt, recogniser.with_name(LEARNT_FROM)):
                raise CommandError(
                    f"{lacking} photos that the recogniser in use learnt from are not among those to learn "
                    "from here. Give the folders that it was trained on."
                )
            head = shipped_head(heads)
            content = _with_head(fed, head)
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


def _exported_anew(recogniser: bytes, options: dict[str, Any]) -> bytes:
    """The network as export.py builds it now, around the tuned weights of this file, with a head that says nothing."""
    from animal.recognition.training.examples import examples_of
    from animal.recognition.training.export import build_without_head, first_tuned_of  # Imports onnx.
    from animal.recognition.training.shipped_weights import tuned_convolutions

    tuned = tuned_convolutions(recogniser)
    examples = examples_of(options["directory"], options["second"], crop=options["crop"], folder=settings.MODEL_DIR)
    return build_without_head(tuned, first_tuned=first_tuned_of(recogniser), examples=examples)
