"""From a folder of photos to the files that recognition ships: reading, training, measuring, writing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import torch

from animal.recognition.bundled import LEARNT_FROM, RECOGNISER
from animal.recognition.convert import CHECKPOINT_SHA256, checkpoint_path, write_atomically
from animal.recognition.efficientnet import folded
from animal.recognition.measuring.features import FeatureReader, read_features
from animal.recognition.measuring.photos import folder_progress
from animal.recognition.torch_weights import load_state_dict
from animal.recognition.training import checkpoints
from animal.recognition.training.dataset import load_pictures, split_animals
from animal.recognition.training.examples import cut_of, cut_recipe, examples_of
from animal.recognition.training.export import build_without_head, with_head
from animal.recognition.training.heads import Heads
from animal.recognition.training.loop import CHECKPOINT, Options, Training, described
from animal.recognition.training.recipe import training_recipe
from animal.recognition.training.shipping import figures, photos_learnt_from, shipped_head

REPORT = "report.json"
# The network without a head of its own, from which the photos' features are read.
NETWORK = "network.onnx"
Say = Callable[[str], None]
Bar = Callable[[Sequence], Iterable]


def train(options: dict[str, Any], *, say: Say, progress: Bar) -> dict[str, Any]:
    """Trains as the command's options say and writes OUT/recogniser.onnx; returns the report that it wrote beside it.

    Raises CannotTrain, ModelUnavailable.
    """
    if options["threads"]:
        torch.set_num_threads(options["threads"])
    out: Path = options["out"]
    say(f"Reading {options['directory']}.")
    training = _training(options, say=say, progress=progress)
    partner = options["average_with"]
    # Read before the hours of training, not after them.
    other = checkpoints.averaged_of(partner / CHECKPOINT, training.progress.recipe) if partner else None
    validation_by_epoch = training.run()
    if other is not None:
        training.average_with(other)
    say("Reading the photos as the service would, with the trained network.")
    examples = examples_of(options["directory"], options["second"], crop=options["crop"])
    first_tuned, tuned = training.options.first_tuned, training.averaged.convolutions()
    heads = _heads(build_without_head(tuned, first_tuned=first_tuned, examples=examples), options)
    say("Fitting the head on all features together.")
    head = shipped_head(heads)
    content = with_head((out / NETWORK).read_bytes(), head)
    write_atomically(out / RECOGNISER, content)
    write_atomically(out / LEARNT_FROM, photos_learnt_from(heads))
    report = {
        "file": RECOGNISER,
        "sha256": hashlib.sha256(content).hexdigest(),
        "megabytes": round(len(content) / 1e6, 2),
        "backbone_sha256": CHECKPOINT_SHA256,
        "options": described(training.options),
        "animals": {name: len(names) for name, names in vars(training.split).items()},
        "validation_by_epoch": validation_by_epoch,
        "best_epoch": training.progress.best_epoch,
        "averaged_with": str(partner or ""),
        **figures(heads, head),
    }
    write_atomically(out / REPORT, (json.dumps(report, indent=2) + "\n").encode())
    return report


def _heads(network: bytes, options: dict[str, Any]) -> Heads:
    """Both species' photos with the features of the network as it is exported, rounding and all."""
    out = options["out"]
    write_atomically(out / NETWORK, network)
    first, second = options["directory"], options["second"]
    read = {
        directory: read_features(
            directory, FeatureReader(out / NETWORK, crop=crop), out / "features", progress=folder_progress(directory)
        )
        for directory, crop in ((first, options["crop"]), (second, True))
        if directory
    }
    return Heads(read[first], read.get(second))


def _training(options: dict[str, Any], *, say: Say, progress: Bar) -> Training:
    chosen = Options(
        epochs=options["epochs"],
        first_tuned=options["from_block"],
        animals_per_batch=options["animals"],
        photos_per_animal=options["photos"],
        patience=options["patience"],
        seed=options["seed"],
    )
    out, cut = options["out"], cut_recipe(options["crop"])
    pictures = load_pictures(
        options["directory"], out, side=options["side"], cut=cut_of(options["crop"]), recipe=cut, progress=progress
    )
    split = split_animals(pictures.names)
    return Training(
        pictures,
        split,
        folded(load_state_dict(checkpoint_path())),
        chosen,
        out=out,
        recipe=training_recipe(described(chosen), pictures, split, cut),
        device=options["device"],
        say=say,
    )
