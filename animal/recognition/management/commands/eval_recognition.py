"""``manage.py eval_recognition DIR``: how well animals are told apart, on any folder ``animal/photo``."""

from __future__ import annotations

import json
from argparse import ArgumentParser, BooleanOptionalAction
from collections import Counter
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from animal.recognition.bundled import LEARNT_FROM
from animal.recognition.calibrating.calibrate import measured as measured_calibration
from animal.recognition.calibrating.calibrate import measured_by_other_heads
from animal.recognition.embedder import Embedder, OnnxEmbedder, Recipe
from animal.recognition.errors import ModelUnavailable
from animal.recognition.management.heads import head_progress, shipped_heads
from animal.recognition.measuring.activation_crop import ActivationEmbedder
from animal.recognition.measuring.cache import vector_cache
from animal.recognition.measuring.figures import (
    HISTOGRAM_BINS,
    Figures,
    against_gallery,
    aligned,
    by_species,
    gallery_size_curve,
    leave_one_out,
)
from animal.recognition.measuring.learnt import overlap
from animal.recognition.measuring.photos import PhotoSet, folder_progress, read_folder, split_unseen
from animal.recognition.measuring.plots import DrawingUnavailable, check_drawing, draw
from animal.recognition.measuring.table import table
from animal.recognition.measuring.untrained import UntrainedEmbedder
from animal.recognition.providers import get_calibration, get_embedder
from animal.recognition.unit_vectors import BACKBONE_FEATURES, DIMENSIONS, FEATURES

SHIPPED, UNTRAINED, BY_ACTIVATIONS = "shipped", "untrained", "by-activations"


class Command(BaseCommand):
    # It needs the model and the photos, not the site: a half-configured one must not keep it from measuring.
    requires_system_checks = ()
    help = (
        "Measures recognition on DIR/animal/photo: every photo is a probe against all others (or against --gallery), "
        "and every pair of photos is the same animal or not. Vectors are kept in VAR_DIR/measuring."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("directory", type=Path, metavar="DIR")
        parser.add_argument("--gallery", type=Path, metavar="DIR", help="search this folder instead of DIR's others")
        parser.add_argument(
            "--crop", action=BooleanOptionalAction, default=True, help="find the animal first (default), or not"
        )
        parser.add_argument("--species", help="only animals that most of their photos show to be of this species")
        parser.add_argument("--limit", type=int, help="only the first so many animals")
        parser.add_argument("--unseen", type=float, metavar="PART", help="only this part of the animals, split by name")
        parser.add_argument("--split-seed", type=int, default=0, help="which split --unseen takes (default 0)")
        parser.add_argument(
            "--version-of-model",
            choices=(SHIPPED, UNTRAINED, BY_ACTIVATIONS),
            default=SHIPPED,
            help="the model in use (default), the backbone before any training on animals, or the model in use on a "
            "cut that its own class activations choose instead of the detector",
        )
        parser.add_argument("--ablate", action="store_true", help="measure also without crop, mirror and head")
        parser.add_argument(
            "--cross-fit",
            action="store_true",
            help="calibrate each animal by the others of DIR: for animals that the shipped calibration was fitted on",
        )
        parser.add_argument(
            "--trained-on",
            type=Path,
            metavar="OTHER",
            help="with --cross-fit, where DIR was the --second of a training on OTHER: calibrate all animals of DIR, "
            "each pair compared by a head fitted anew without the two; takes some minutes",
        )
        parser.add_argument("--png", type=Path, metavar="FILE", help="draw the ROC and the scores (needs matplotlib)")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of the table")

    def handle(self, *args: Any, **options: Any) -> None:
        _check(options)
        try:
            probes, gallery, figures = _measure(options)
            measured = _collected(options, probes, gallery, figures)
        except ModelUnavailable as error:
            raise CommandError(str(error)) from error
        if options["png"]:
            title = f"{measured['model']}: {options['directory'].name}"
            draw(figures, measured["calibration"], title, options["png"])
        if known := measured["learnt_from"].get("animals"):
            self.stderr.write(
                f"The model learnt from {known} of the animals measured, so these figures flatter it. Leave them out "
                "by --unseen 0.25, or name a folder that it does not know."
            )
        self.stdout.write(json.dumps(measured, indent=2) if options["json"] else table(measured, figures.pairs))


def _check(options: dict[str, Any]) -> None:
    """Raises CommandError for what cannot work, before anything is computed."""
    for directory in (options["directory"], options["gallery"], options["trained_on"]):
        if directory is not None and not directory.is_dir():
            raise CommandError(f"{directory} is not a folder.")
    if options["unseen"] is not None and not 0 < options["unseen"] <= 1:
        raise CommandError("--unseen is a part of the animals: more than 0, at most 1.")
    if options["limit"] is not None and options["limit"] < 1:
        raise CommandError("--limit must be at least 1.")
    if options["ablate"] and options["version_of_model"] != SHIPPED:
        raise CommandError("--ablate takes the model in use apart: leave out --version-of-model.")
    if options["ablate"] and settings.EMBEDDING_PROVIDER != "onnx":
        raise CommandError("--ablate needs the model in this process: set EMBEDDING_PROVIDER=onnx.")
    if options["trained_on"] and not (options["cross_fit"] and settings.EMBEDDING_PROVIDER == "onnx"):
        raise CommandError("--trained-on goes with --cross-fit and EMBEDDING_PROVIDER=onnx.")
    if options["png"]:
        try:
            check_drawing()
        except DrawingUnavailable as error:
            raise CommandError(str(error)) from None


def _measure(options: dict[str, Any], recipe: Recipe | None = None) -> tuple[PhotoSet, PhotoSet, Figures]:
    """(probes, all photos of the folder that is searched, figures)."""
    embedder = _embedder(options, recipe)
    everything = _read(options["directory"], embedder, options)
    probes = _chosen(everything, options)
    if options["gallery"]:
        gallery = _read(options["gallery"], embedder, {**options, "limit": None})
        probes = aligned(probes, gallery)
        figures = against_gallery(probes, gallery)
    else:
        gallery, figures = everything, leave_one_out(probes)
    if figures.roc is None:
        raise CommandError(f"{options['directory']} needs at least two folders, one of them with two photos.")
    return probes, gallery, figures


def _embedder(options: dict[str, Any], recipe: Recipe | None) -> Embedder:
    if options["version_of_model"] == UNTRAINED:
        return UntrainedEmbedder(settings.VAR_DIR / "models", crop=options["crop"])
    if options["version_of_model"] == BY_ACTIVATIONS:
        return ActivationEmbedder(settings.MODEL_DIR)
    recipe = recipe or Recipe(crop=options["crop"])
    if recipe == Recipe():
        return get_embedder()
    if settings.EMBEDDING_PROVIDER != "onnx":
        raise CommandError("--no-crop needs the model in this process: set EMBEDDING_PROVIDER=onnx.")
    return OnnxEmbedder(settings.MODEL_DIR, recipe)


def _read(directory: Path, embedder: Embedder, options: dict[str, Any]) -> PhotoSet:
    dimensions = DIMENSIONS
    if isinstance(embedder, UntrainedEmbedder):
        dimensions = BACKBONE_FEATURES
    elif isinstance(embedder, OnnxEmbedder) and not embedder.recipe.head:
        dimensions = FEATURES
    cache = vector_cache(settings.VAR_DIR, embedder, dimensions)

    return read_folder(directory, embedder, cache, limit=options["limit"], progress=folder_progress(directory))


def _chosen(photos: PhotoSet, options: dict[str, Any]) -> PhotoSet:
    names = set(photos.names)
    if options["species"]:
        names &= {name for name, species in photos.animal_species().items() if species == options["species"]}
    if options["unseen"] is not None:
        names &= split_unseen(photos.names, fraction=options["unseen"], seed=options["split_seed"])
    return photos.of_animals(names) if names != set(photos.names) else photos


def _collected(options: dict[str, Any], probes: PhotoSet, gallery: PhotoSet, figures: Figures) -> dict[str, Any]:
    """Everything that is printed."""
    embedder = _embedder(options, None)
    measured = {"model": f"{embedder.name} {embedder.version}", **figures.as_dict()}
    measured["unreadable"] = sorted({*probes.unreadable, *gallery.unreadable})
    measured["learnt_from"] = {}
    if options["version_of_model"] != UNTRAINED:
        measured["learnt_from"] = overlap(probes, Path(settings.MODEL_DIR) / LEARNT_FROM)
    measured["by_species"], measured["by_gallery_size"] = {}, {}
    measured["calibration"] = _calibration(options, probes, embedder)
    if not options["gallery"]:
        measured["by_species"] = {name: one.as_dict() for name, one in by_species(probes).items()}
        curve = gallery_size_curve(probes, seed=options["split_seed"])
        measured["by_gallery_size"] = {str(size): round(top, 5) for size, top in curve.items()}
        if len(gallery) > len(probes):
            measured["against_all"] = against_gallery(probes, gallery).as_dict()
    if options["ablate"]:
        measured["ablation"] = _ablation(options)
    edges, same, different = figures.pairs.coarse(HISTOGRAM_BINS)
    measured["histogram"] = {
        "edges": [round(float(edge), 4) for edge in edges],
        "same": same.tolist(),
        "different": different.tolist(),
    }
    return measured


def _calibration(options: dict[str, Any], photos: PhotoSet, embedder: Embedder) -> dict[str, Any]:
    """How far probabilities mean what they say, by species. Nothing where no calibration fits these vectors."""
    if options["trained_on"]:
        heads = shipped_heads(options["trained_on"], options["directory"], crop=False)
        species = Counter(photos.animal_species().values()).most_common(1)[0][0]
        try:
            return {species: measured_by_other_heads(heads, progress=head_progress)}
        except ValueError as error:
            raise CommandError(f"{options['directory']}: {error}.") from error
    calibration = get_calibration()
    curves = None if options["cross_fit"] else calibration
    if curves is not None and calibration.embedder != embedder.version:
        return {}
    found = {}
    for species in sorted(set(photos.animal_species().values()) & set(calibration.photos)):
        names = {name for name, of in photos.animal_species().items() if of == species}
        found[species] = measured_calibration(photos.of_animals(names), curves, species)
    return {species: one for species, one in found.items() if one is not None}


def _ablation(options: dict[str, Any]) -> dict[str, Any]:
    """The figures with one step switched off at a time, and of the untrained backbone."""
    crop = options["crop"]
    rows = {
        "without the crop": Recipe(crop=False),
        "without the mirror image": Recipe(crop=crop, mirror=False),
        "without the head": Recipe(crop=crop, head=False),
    }
    if not crop:
        del rows["without the crop"]
    ablation = {name: _measure(options, recipe)[2].as_dict() for name, recipe in rows.items()}
    if crop:
        ablation["cut by activations"] = _measure({**options, "version_of_model": BY_ACTIVATIONS})[2].as_dict()
    ablation["untrained"] = _measure({**options, "version_of_model": UNTRAINED})[2].as_dict()
    return ablation
