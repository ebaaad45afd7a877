"""Reads of recognition."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from django.db.models import QuerySet
from numpy.typing import NDArray

from animal.images.models import Image
from animal.recognition.models import GalleryEntry, PhotoEmbedding
from animal.recognition.providers import get_embedder
from animal.recognition.vectors import from_bytes


def gallery_count(*, is_test: bool) -> int:
    """How many pets and reports can be found by a photo."""
    live = GalleryEntry.objects.filter(slot=0, is_live=True, is_test=is_test)
    return live.filter(version=get_embedder().version).count()


def gallery_outdated() -> QuerySet[GalleryEntry]:
    """One entry for each pet and report that only an older version of the model has read."""
    return GalleryEntry.objects.filter(slot=0, is_live=True).exclude(version=get_embedder().version)


def object_vectors(kind: str, object_id: int) -> dict[str, NDArray[np.float32]]:
    """What the gallery holds of a pet or a report, [k,512] for each version of the model, the newest first."""
    entries = GalleryEntry.objects.filter(kind=kind, object_id=object_id, is_live=True).order_by("slot")
    vectors: dict[str, list[NDArray[np.float32]]] = {}
    for version, stored in entries.values_list("version", "vector"):
        vectors.setdefault(version, []).append(from_bytes(stored))
    return {version: np.stack(rows) for version, rows in vectors.items()}


def image_readings(image: Image) -> list[PhotoEmbedding]:
    """What the model in use read from a picture, then what other versions read, the newest first. Calls no model, and
    does not need one: where none can be found, the newest reading comes first."""
    readings = list(PhotoEmbedding.objects.filter(image=image).order_by("-created_at", "-pk"))
    try:
        current = get_embedder().version
    except ImportError:
        return readings
    return sorted(readings, key=lambda reading: reading.version != current)


def older_readings(images: Sequence[Image], version: str) -> dict[str, list[PhotoEmbedding]]:
    """What other versions of the model than this one read from these pictures, by version."""
    readings: dict[str, list[PhotoEmbedding]] = {}
    for reading in PhotoEmbedding.objects.filter(image__in=images).exclude(version=version).order_by("pk"):
        readings.setdefault(reading.version, []).append(reading)
    return readings
