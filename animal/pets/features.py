"""From the photos of a pet to what searches know of it."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from animal.recognition.models import PhotoEmbedding
from animal.recognition.scoring import distinct_photos

BREEDS_SUGGESTED = 3


@dataclass(frozen=True)
class PetFeatures:
    """What all photos of a pet say together. `vectors[0]` is the mean; of one distinct photo it is all there is."""

    vectors: list[NDArray[np.float32]]
    version: str
    photo_count: int
    species: str
    species_score: float
    breeds: list[dict[str, Any]]


def features_of(readings: Sequence[PhotoEmbedding]) -> PetFeatures | None:
    """None when no photo shows an animal; photos that show none count for nothing."""
    shown = [(reading, vector) for reading in readings if (vector := reading.as_array()) is not None]
    if not shown:
        return None
    vectors = [vector for _, vector in shown]
    distinct = [vectors[position] for position in distinct_photos(vectors)]
    mean = np.mean(distinct, axis=0)
    # Opposite vectors may cancel out; then any of them says as much as their mean.
    mean = mean / np.linalg.norm(mean) if np.linalg.norm(mean) > 1e-6 else distinct[0]
    species, score = _species([reading for reading, _ in shown])
    return PetFeatures(
        vectors=[mean.astype(np.float32), *(distinct if len(distinct) > 1 else [])],
        version=shown[0][0].version,
        photo_count=len(shown),
        species=species,
        species_score=score,
        breeds=_breeds([reading for reading, _ in shown]),
    )


def photo_set_key(image_ids: Iterable[object]) -> str:
    """Names a set of photos, whatever their order."""
    return hashlib.sha256(",".join(sorted(str(image_id) for image_id in image_ids)).encode()).hexdigest()[:16]


def notice_key(verb: str, pet_id: int, image_ids: Iterable[object]) -> str:
    """Of what an owner is told of these photos, once."""
    return f"{verb}:{pet_id}:{photo_set_key(image_ids)}"


def classification_text(features: PetFeatures) -> str:
    """What the web client keeps as `ai_classification`: species, likeliest breed and how sure the network is."""
    if not features.species:
        return ""
    breed = f", perhaps {features.breeds[0]['label']}" if features.breeds else ""
    return f"{features.species.capitalize()} ({features.species_score:.0%}){breed}"


def _species(readings: list[PhotoEmbedding]) -> tuple[str, float]:
    """The species that most photos show, the surer ones counting for more; its mean score over the photos it is on."""
    scores: dict[str, list[float]] = defaultdict(list)
    for reading in readings:
        if reading.species:
            scores[reading.species].append(reading.species_score)
    if not scores:
        return "", 0.0
    species = max(scores, key=lambda name: sum(scores[name]))
    return species, sum(scores[species]) / len(scores[species])


def _breeds(readings: list[PhotoEmbedding]) -> list[dict[str, Any]]:
    totals: dict[str, float] = defaultdict(float)
    for reading in readings:
        for breed in reading.breeds:
            totals[breed["label"]] += float(breed["score"]) / len(readings)
    best = sorted(totals.items(), key=lambda item: (-item[1], item[0]))[:BREEDS_SUGGESTED]
    return [{"label": label, "score": round(score, 4)} for label, score in best]
