"""What a Space may answer, and nothing else: whatever does not fit is refused, never mended or guessed.

`/extract_features_api` answers a JSON text {success, message or error, features: [512 floats of length one],
feature_length}. The app in deploy/space adds `version` (of the model), `animals` (how many could be meant) and `box`.
`/classify_image` answers text with a line `Prediction: <species or breed>` and a line `Confidence: <n> %`; the app in
deploy/space adds lines `Breed: <name> (<n> %)`.
"""

from __future__ import annotations

import functools
import json
import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from animal.recognition.detector import Box
from animal.recognition.embedder import BREEDS_SUGGESTED, BreedSuggestion
from animal.recognition.errors import ModelUnavailable
from animal.recognition.labels import CLASS_SPECIES, breed_of_class, species_of
from animal.recognition.unit_vectors import DIMENSIONS

# Rounding of the numbers on their way moves the length by far less; a vector further off was never of length one.
LENGTH_TOLERANCE = 1e-2

_PREDICTION = re.compile(r"^\W*prediction\W*:\W*(\w.*?)\W*$", re.IGNORECASE | re.MULTILINE)
_CONFIDENCE = re.compile(r"^\W*confidence\W*:\W*([0-9.]+)\s*(%?)", re.IGNORECASE | re.MULTILINE)
_BREED = re.compile(r"^\W*breed\W*:\s*(\w.*?)\s*\(([0-9.]+)\s*(%?)\)\s*$", re.IGNORECASE | re.MULTILINE)


class WrongAnswer(ModelUnavailable):
    """A Space answered, but not what can be used. Nothing is stored; the photo waits until it answers rightly."""


@dataclass(frozen=True)
class Features:
    """`vector` is [512] of length one. `version` is "" and `box` None when the Space does not say."""

    vector: NDArray[np.float32]
    version: str
    animals: int
    box: Box | None


@dataclass(frozen=True)
class Classification:
    species: str = ""
    species_score: float = 0.0
    breeds: tuple[BreedSuggestion, ...] = ()


def features_of(answer: object) -> Features:
    """Raises WrongAnswer with the reason."""
    values = _json_object(answer)
    if values.get("success") is not True:
        said = str(values.get("error") or values.get("message") or "no reason given")
        raise WrongAnswer(f"The Space could not read the photo: {said[:200]}")
    version = values.get("version", "")
    if not isinstance(version, str):
        raise WrongAnswer("The Space's version of its model is no text.")
    return Features(
        vector=_vector(values.get("features"), values.get("feature_length", DIMENSIONS)),
        version=version,
        animals=_animals(values.get("animals", 1)),
        box=_box(values.get("box")),
    )


def classification_of(answer: object) -> Classification:
    """A species or breed that we do not know is no classification. Raises WrongAnswer with the reason."""
    text = answer if isinstance(answer, str) else ""
    prediction, confidence = _PREDICTION.search(text), _CONFIDENCE.search(text)
    if prediction is None or confidence is None:
        raise WrongAnswer("The Space's classification has no line of prediction or none of confidence.")
    label, score = prediction[1], _share(confidence[1], confidence[2])
    named, breed_species = _breeds().get(label.casefold(), ("", ""))
    species = species_of(label) or breed_species
    if not species:
        return Classification()
    breeds = [BreedSuggestion(named, score)] if named else []
    for name, part, percent in _BREED.findall(text):
        known, its_species = _breeds().get(name.casefold(), ("", ""))
        if its_species == species:
            breeds.append(BreedSuggestion(known, _share(part, percent)))
    return Classification(species, score, tuple(breeds[:BREEDS_SUGGESTED]))


def _json_object(answer: object) -> dict[str, Any]:
    if not isinstance(answer, str):
        raise WrongAnswer(f"The Space's features are no JSON text, but {type(answer).__name__}.")
    try:
        values = json.loads(answer)
    except (ValueError, RecursionError) as error:
        raise WrongAnswer("The Space's features are no JSON text.") from error
    if not isinstance(values, dict):
        raise WrongAnswer("The Space's features are no JSON object.")
    return values


def _vector(features: object, stated_length: object) -> NDArray[np.float32]:
    if not isinstance(features, list) or len(features) != DIMENSIONS or stated_length != DIMENSIONS:
        count = len(features) if isinstance(features, list) else "no"
        raise WrongAnswer(f"The Space gave {count} features (stated: {stated_length!r}), not {DIMENSIONS}.")
    if any(isinstance(feature, bool) or not isinstance(feature, int | float) for feature in features):
        raise WrongAnswer("A feature of the Space is no number.")
    try:
        vector = np.asarray(features, np.float64)
    except OverflowError as error:
        raise WrongAnswer("A feature of the Space is no finite number.") from error
    if not np.isfinite(vector).all():
        raise WrongAnswer("A feature of the Space is no finite number.")
    length = float(np.linalg.norm(vector))
    if abs(length - 1) > LENGTH_TOLERANCE:
        raise WrongAnswer(f"The features of the Space have the length {length:.3g}, not 1.")
    return (vector / length).astype(np.float32)


def _animals(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise WrongAnswer("The Space's number of animals is no number.")
    return value


def _box(value: object) -> Box | None:
    if value is None:
        return None
    numbers = isinstance(value, list) and all(type(edge) in (int, float) for edge in value)
    if not isinstance(value, list) or not numbers or len(value) != 4:
        raise WrongAnswer("The Space's box is not four numbers.")
    left, top, right, bottom = value
    if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
        raise WrongAnswer("The Space's box lies outside the picture.")
    return float(left), float(top), float(right), float(bottom)


def _share(number: str, percent: str) -> float:
    try:
        value = float(number) / (100 if percent else 1)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1:
        raise WrongAnswer(f"The Space's classification is sure by {number[:20]}{percent}, which is no share.")
    return round(value, 4)


@functools.cache
def _breeds() -> dict[str, tuple[str, str]]:
    """The breeds that we suggest and their species, by name in lower case."""
    named = {breed_of_class(number): species for number, species in CLASS_SPECIES.items()}
    return {breed.casefold(): (breed, species) for breed, species in named.items() if breed}
