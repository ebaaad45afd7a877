"""``manage.py train_recognition DIR``: trains the recogniser on one's own photos, one folder per animal."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, BooleanOptionalAction
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from animal.recognition.errors import ModelUnavailable
from animal.recognition.training.dataset import CannotTrain

HOW_TO_INSTALL = (
    "Training needs PyTorch, which the service does without. Install it with: uv sync --inexact --group train "
    "(some GB on Linux; the CPU build from pytorch.org is enough)."
)


class Command(BaseCommand):
    # It needs the photos and PyTorch, not the site.
    requires_system_checks = ()
    help = (
        "Fine-tunes the backbone with an ArcFace head on DIR/animal/photo and writes OUT/recogniser.onnx with a "
        "report. One animal in four is never seen and measured at the end. Run it again to go on after an interruption."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("directory", type=Path, metavar="DIR")
        parser.add_argument("--out", type=Path, required=True, metavar="OUT", help="folder for checkpoint and result")
        parser.add_argument("--epochs", type=int, default=14)
        parser.add_argument("--from-block", type=int, default=7, metavar="0..21", help="the first block that is tuned")
        parser.add_argument("--side", type=int, default=224, help="pixels of a training picture (default 224)")
        parser.add_argument("--animals", type=int, default=16, help="animals in a batch (default 16)")
        parser.add_argument("--photos", type=int, default=3, help="photos of each animal in a batch (default 3)")
        parser.add_argument("--patience", type=int, default=3, help="measurements without gain before it stops")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--device", default="cpu", help="cpu (default), or cuda")
        parser.add_argument("--threads", type=int, help="threads of PyTorch (default: its own choice)")
        parser.add_argument(
            "--crop", action=BooleanOptionalAction, default=False, help="find the animal in whole photos first"
        )
        parser.add_argument(
            "--second", type=Path, metavar="DIR", help="whole photos of another species; only the head learns from them"
        )
        parser.add_argument(
            "--average-with",
            type=Path,
            metavar="OUT",
            help="another training of the same photos and blocks, of another seed or length; weights are averaged",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if find_spec("torch") is None:
            raise CommandError(HOW_TO_INSTALL)
        _check(options)
        from animal.recognition.training.run import train  # Imports torch.

        out: Path = options["out"]
        try:
            out.mkdir(parents=True, exist_ok=True)
            report = train(options, say=self._say, progress=_bar)
        except (ModelUnavailable, CannotTrain, OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps(report, indent=2))

    def _say(self, line: str) -> None:
        self.stderr.write(line)


def _check(options: dict[str, Any]) -> None:
    """Raises CommandError for what cannot work, before anything is computed."""
    for directory in (options["directory"], options["second"]):
        if directory is not None and not directory.is_dir():
            raise CommandError(f"{directory} is not a folder.")
    for name, least in (("epochs", 1), ("animals", 2), ("photos", 2), ("patience", 1), ("side", 64)):
        if options[name] < least:
            raise CommandError(f"--{name} must be at least {least}.")
    if not 0 <= options["from_block"] <= 21:
        raise CommandError("--from-block is a block's number, 0 to 21.")


def _bar(items: Sequence) -> Iterable:
    bar: Iterable = tqdm(items, unit="photo", disable=not sys.stderr.isatty())
    return bar
