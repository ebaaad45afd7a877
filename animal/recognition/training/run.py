"""From a folder of photos to the files that recognition ships: reading, training, measuring, writing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from animal.recognition import crops, detector
from animal.recognition.bundled import DETECTOR, bundled_path
from animal.recognition.convert import CHECKPOINT_SHA256, checkpoint_path, write_atomically
from animal.recognition.efficientnet import folded
from animal.recognition.measuring.metrics import identify
from animal.recognition.networks import open_session
from animal.recognition.projection import normalised
from animal.recognition.torch_weights import load_state_dict
from animal.recognition.training.dataset import Cut, Pictures, load_pictures, split_animals
from animal.recognition.training.export import build_recogniser
from animal.recognition.training.loop import Options, Training, described, leave_one_out

RESULT, REPORT = "recogniser.onnx", "report.json"


def train(
    options: dict[str, Any], *, say: Callable[[str], None], progress: Callable[[Sequence], Iterable]
) -> dict[str, Any]:
    """Trains as the command's options say and writes OUT/recogniser.onnx; returns the report that it wrote beside it.

    Raises CannotTrain, ModelUnavailable.
    """
    if options["threads"]:
        torch.set_num_threads(options["threads"])
    out: Path = options["out"]
    say(f"Reading {options['directory']}.")
    training = _training(options, say=say, progress=progress)
    validation_by_epoch = training.run()
    say("Fitting the head on untrained and tuned features together.")
    everything = np.arange(len(training.pictures.labels))
    parts = [training.untrained_features(everything), training.tuned_features(everything)]
    head = training.fitted_head(parts)
    content = build_recogniser(
        load_state_dict(checkpoint_path()),
        training.averaged.convolutions(),
        head,
        first_tuned=training.options.first_tuned,
        side=crops.BACKBONE_SIDE,
    )
    write_atomically(out / RESULT, content)
    report = {
        "file": RESULT,
        "sha256": hashlib.sha256(content).hexdigest(),
        "megabytes": round(len(content) / 1e6, 2),
        "backbone_sha256": CHECKPOINT_SHA256,
        "options": described(training.options),
        "animals": {name: len(names) for name, names in vars(training.split).items()},
        "validation_by_epoch": validation_by_epoch,
        "taken_from_epoch": training.progress.best_epoch,
        "unseen": _worth_of_each_step(training, parts, head(np.concatenate(parts, axis=1))),
    }
    write_atomically(out / REPORT, (json.dumps(report, indent=2) + "\n").encode())
    return report


def _training(
    options: dict[str, Any], *, say: Callable[[str], None], progress: Callable[[Sequence], Iterable]
) -> Training:
    chosen = Options(
        epochs=options["epochs"],
        first_tuned=options["from_block"],
        animals_per_batch=options["animals"],
        photos_per_animal=options["photos"],
        patience=options["patience"],
        seed=options["seed"],
    )
    out, cut_recipe = options["out"], (options["crop"], crops.MARGIN)
    pictures = load_pictures(
        options["directory"], out, side=options["side"], cut=_cut(options["crop"]), recipe=cut_recipe, progress=progress
    )
    return Training(
        pictures,
        split_animals(pictures.names),
        folded(load_state_dict(checkpoint_path())),
        chosen,
        out=out,
        recipe=_recipe(chosen, pictures, cut_recipe),
        device=options["device"],
        say=say,
    )


def _worth_of_each_step(training: Training, parts: Sequence[NDArray], shipped: NDArray) -> dict[str, Any]:
    """The figures of unseen animals after each step, in the order in which they were taken."""
    pictures = training.pictures
    untrained = parts[0] - parts[0][training.places].mean(0)
    tuned = training.embed(np.arange(len(pictures.labels)))
    return {
        "untrained features": _unseen(training, pictures, untrained),
        "head on untrained features": _unseen(training, pictures, training.fitted_head(parts[:1])(parts[0])),
        "tuned features and their ArcFace head": _unseen(training, pictures, tuned),
        "shipped": _unseen(training, pictures, shipped),
    }


def _cut(crop: bool) -> Cut:
    """The whole picture, or the animal in it as the service would cut it out."""
    if not crop:
        return lambda image: crops.animal_crop(image, None)
    session = open_session(bundled_path(DETECTOR))

    def cut(image: Image.Image) -> Image.Image:
        found = detector.detect(image, lambda feed: session.run(None, dict(feed)))
        return crops.animal_crop(image, found[0].box if found else None)

    return cut


def _recipe(options: Options, pictures: Pictures, cut: object) -> dict[str, Any]:
    """What a checkpoint must have been made with for a training to go on from it."""
    photos = hashlib.sha256(repr((pictures.names, pictures.labels.tolist(), pictures.pixels.shape)).encode())
    return {**described(options), "cut": repr(cut), "photos": photos.hexdigest(), "backbone": CHECKPOINT_SHA256}


def _unseen(training: Training, pictures: Pictures, vectors: NDArray) -> dict[str, float | None]:
    """The figures of the animals that training has not seen, among themselves and against all animals."""
    places, labels = pictures.of(training.split.unseen), pictures.labels
    if len(places) < 2:
        return {}
    unit = normalised(vectors.astype(np.float32))
    against_all = identify(unit[places], labels[places], unit, labels, own=places)
    return {**leave_one_out(unit[places], labels[places]), "top1_against_all": round(against_all.top(1), 5)}
