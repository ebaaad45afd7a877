"""From a photo to the vector that recognises the animal in it.

``Embedder`` is the seam: matching, search and the index know nothing else of recognition. The bundled one finds the
animal, cuts it out, and runs the recogniser over the cut and its mirror image.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from animal.recognition import crops, detector, pipeline
from animal.recognition.detector import Box, Detection
from animal.recognition.labels import CLASS_SPECIES, breed_of_class
from animal.recognition.networks import LazyNetworks, Networks
from animal.recognition.pipeline import (
    ANIMAL_CLASSES,
    MIN_ANIMAL_MASS_OF_CUT,
    MIN_ANIMAL_MASS_OF_WHOLE,
    SURE_DETECTION,
)
from animal.recognition.unit_vectors import DIMENSIONS, normalised

# The detector's word on the species weighs half of the classes': it knows no rabbit, and takes cats for dogs.
DETECTOR_WEIGHT = 0.5
# A further animal counts when it is this sure, at least this part of the first one's size, and mostly beside it, not
# its head or tail. Of 39 pairs of demo photos side by side 25 were told so, of 160 photos of single cats 3.
SURE_FURTHER = 0.3
MIN_SHARE_OF_FIRST = 0.25
MAX_SHARED_WITH_FIRST = 0.5
MIN_SPECIES_SHARE = 0.15
MIN_BREED_SCORE = 0.15
BREEDS_SUGGESTED = 3


@dataclass(frozen=True)
class Recipe:
    """Which steps of the pipeline are on. The service runs all of them; measurements switch one off to see its worth.

    Without the head a vector is the features, centred and of length one: [5056] instead of [512]. Heads are fitted on
    features that keep their ``length``.
    """

    crop: bool = True
    mirror: bool = True
    head: bool = True
    length: bool = False


@dataclass(frozen=True)
class BreedSuggestion:
    label: str
    score: float


@dataclass(frozen=True)
class PhotoReading:
    """What a photo shows. ``vector`` is [512] of length one, None when no animal is seen; ``box`` is in parts 0..1.

    ``animals``: how many are in it that could be meant; 0 when none is seen.
    """

    vector: NDArray[np.float32] | None
    species: str = ""
    species_score: float = 0.0
    box: Box | None = None
    breeds: tuple[BreedSuggestion, ...] = ()
    animals: int = 0


class Embedder(Protocol):
    """Vectors may be compared only when name and version of both are equal."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    def embed(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        """[n,512], rows of length one; a picture without an animal is embedded whole. Raises ModelUnavailable."""
        ...

    def read(self, images: Sequence[Image.Image]) -> list[PhotoReading]:
        """One reading per picture, upright RGB. Raises ModelUnavailable."""
        ...


class OnnxEmbedder:
    """NanoDet and the recogniser that were trained for the project, in this process."""

    name = "onnx"

    def __init__(self, folder: Path | None = None, recipe: Recipe = Recipe()) -> None:
        self._networks = LazyNetworks(folder)
        self.recipe = recipe

    @property
    def version(self) -> str:
        """Changes with every weight, every constant and every switched-off step that moves a vector."""
        switched_off = () if self.recipe == Recipe() else (self.recipe,)
        return f"lite2-{pipeline.digest(*switched_off)}"

    def embed(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        vectors = [vector for vector, _ in self._read(images)]
        return np.stack(vectors) if vectors else np.empty((0, DIMENSIONS), np.float32)

    def read(self, images: Sequence[Image.Image]) -> list[PhotoReading]:
        return [reading for _, reading in self._read(images)]

    def _read(self, images: Sequence[Image.Image]) -> list[tuple[NDArray[np.float32], PhotoReading]]:
        networks = self._networks.get()
        with networks.turn():
            # One picture at a time: a larger batch is no faster on one core and only costs memory.
            return [read_one(networks, image, self.recipe) for image in images]


def read_one(networks: Networks, image: Image.Image, recipe: Recipe) -> tuple[NDArray[np.float32], PhotoReading]:
    """The vector of a picture, animal or not, and what is to be said of it."""
    detected = detector.detect(image, networks.run_detector) if recipe.crop else []
    found = detected[0] if detected else None
    vector, classes = look(networks, image, found, recipe)
    if found and found.score < SURE_DETECTION and _animal_mass(classes) < MIN_ANIMAL_MASS_OF_CUT:
        # A weak detection that the classes deny: look at the whole picture as if nothing had been detected.
        found = None
        vector, classes = look(networks, image, None, recipe)
    reading = _reading(vector, found, classes)
    return vector, replace(reading, animals=_animals(detected, found) if reading.vector is not None else 0)


def _animals(detected: Sequence[Detection], found: Detection | None) -> int:
    """How many animals could be meant, the one that was found among them."""
    if found is None:
        return 1  # One that the detector does not know, such as a rabbit.
    others = [
        one
        for one in detected[1:]
        if one.score >= SURE_FURTHER
        and one.area >= MIN_SHARE_OF_FIRST * found.area
        and detector.shared_part(one.box, found.box) < MAX_SHARED_WITH_FIRST
    ]
    return 1 + len(others)


def look(
    networks: Networks, image: Image.Image, found: Detection | None, recipe: Recipe
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Vector [512] of the cut, averaged with that of its mirror image, and class probabilities [1000]."""
    pixels = crops.backbone_input([detector.cut_out(image, found)])
    both, logits = networks.run_recogniser(pixels, "vectors" if recipe.head else "features")
    vector = (both if recipe.mirror else both[:1]).mean(0, keepdims=True)
    return (vector if recipe.length else normalised(vector))[0], _softmax(logits)


def _reading(vector: NDArray[np.float32], found: Detection | None, classes: NDArray[np.float32]) -> PhotoReading:
    if found is None and _animal_mass(classes) < MIN_ANIMAL_MASS_OF_WHOLE:
        return PhotoReading(vector=None)
    species, score = _species(found, classes)
    return PhotoReading(
        vector=vector,
        species=species,
        species_score=round(score, 4),
        box=found.box if found else crops.WHOLE,
        breeds=_breeds(species, classes),
    )


def _animal_mass(classes: NDArray[np.float32]) -> float:
    return float(classes[ANIMAL_CLASSES].sum())


def _species(found: Detection | None, classes: NDArray[np.float32]) -> tuple[str, float]:
    """The species that detector and classes together find likeliest, and how likely, 0..1."""
    scores: dict[str, float] = {}
    for number, species in CLASS_SPECIES.items():
        scores[species] = scores.get(species, 0.0) + float(classes[number])
    if found:
        scores[found.species] = scores.get(found.species, 0.0) + DETECTOR_WEIGHT * found.score
    likeliest = max(scores, key=scores.__getitem__)
    share = scores[likeliest] / (1 + DETECTOR_WEIGHT if found else 1)
    return (likeliest, share) if share >= MIN_SPECIES_SHARE else ("", 0.0)


def _breeds(species: str, classes: NDArray[np.float32]) -> tuple[BreedSuggestion, ...]:
    """The likeliest breeds of that species; classes of one name count together."""
    scores: dict[str, float] = {}
    for number, class_species in CLASS_SPECIES.items():
        label = breed_of_class(number)
        if label and class_species == species:
            scores[label] = scores.get(label, 0.0) + float(classes[number])
    best = sorted(scores.items(), key=lambda item: item[1], reverse=True)[:BREEDS_SUGGESTED]
    return tuple(BreedSuggestion(label, round(score, 4)) for label, score in best if score >= MIN_BREED_SCORE)


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    powers = np.exp(logits - logits.max(-1, keepdims=True))
    result: NDArray[np.float32] = powers / powers.sum(-1, keepdims=True)
    return result
