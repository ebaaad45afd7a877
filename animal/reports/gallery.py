"""A report's place in the gallery that searches look through."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from animal.pets.features import features_of
from animal.recognition.models import PhotoEmbedding
from animal.recognition.providers import get_embedder
from animal.recognition.selectors import image_readings
from animal.recognition.services import GalleryPayload, gallery_put, gallery_remove
from animal.recognition.vectors import from_bytes
from animal.reports.models import Report
from animal.reports.selectors import live_pet, report_photos
from animal.reports.species import species_doubted


def report_gallery_put(report: Report) -> bool:
    """Put what was read from the report's photos into the gallery, in the caller's transaction.

    False when there is nothing to put: no photo, none read yet, no animal on any, or hidden by staff. Calls no
    model, so that a report can be reopened while recognition is down.
    """
    shown = _shown(report) if report.hidden_at is None and report.reporter.is_proven else {}
    if not shown:
        gallery_remove(kind="report", object_id=report.pk)
        return False
    version = _newest(shown)
    reading = shown[version][0]
    pet = live_pet(report)
    declared = (pet.species if pet is not None else "") or report.species
    doubted = (pet is None or not pet.species) and bool(species_doubted(report))
    gallery_put(
        kind="report",
        object_id=report.pk,
        vectors=_vectors(shown[version]),
        version=version,
        older={old: _vectors(readings) for old, readings in shown.items() if old != version},
        payload=GalleryPayload(
            side=report.side,
            # In doubt it is of no species, and so found whichever is looked for.
            species="" if doubted else declared or reading.species,
            species_detected=bool(not declared and reading.species),
            owner_id=report.reporter_id,
            is_public=True,
            is_test=report.is_test,
            latitude=report.public_latitude,
            longitude=report.public_longitude,
            pet_id=report.pet_id,
            type=pet.type if pet is not None else report.pet_type,
            breed=pet.breed if pet is not None else report.pet_breed,
            category=pet.category if pet is not None else report.pet_category,
        ),
    )
    return True


def _shown(report: Report) -> dict[str, list[PhotoEmbedding]]:
    """What each version of the model read from those photos on which the one in use sees an animal, in their order."""
    by_version: dict[str, list[PhotoEmbedding]] = {}
    for photo in report_photos(report):
        readings = image_readings(photo)
        for reading in readings if readings and readings[0].vector else ():
            if reading.vector:
                by_version.setdefault(reading.version, []).append(reading)
    return by_version


def _newest(shown: dict[str, list[PhotoEmbedding]]) -> str:
    """The version in use, else the one that read last."""
    try:
        current = get_embedder().version
    except ImportError:
        current = ""
    return current if current in shown else max(shown, key=lambda version: shown[version][0].created_at)


def _vectors(readings: list[PhotoEmbedding]) -> list[NDArray[np.float32]]:
    """Of several photos their mean, then each, near-duplicates once: as for a pet."""
    if len(readings) == 1:
        return [from_bytes(readings[0].vector)]
    features = features_of(readings)
    return features.vectors if features is not None else []
