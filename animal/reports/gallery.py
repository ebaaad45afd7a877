"""A report's place in the gallery that searches look through."""

from __future__ import annotations

from animal.recognition.models import PhotoEmbedding
from animal.recognition.selectors import image_readings
from animal.recognition.services import GalleryPayload, gallery_put, gallery_remove
from animal.recognition.vectors import from_bytes
from animal.reports.models import Report


def report_gallery_put(report: Report) -> bool:
    """Put what was read from the report's photo into the gallery, in the caller's transaction.

    False when there is nothing to put: no photo, not read yet, no animal on it, or hidden by staff. Calls no
    model, so that a report can be reopened while recognition is down.
    """
    readings: list[PhotoEmbedding] = []
    if report.image is not None and report.hidden_at is None and report.reporter.is_proven:
        readings = image_readings(report.image)
    if not readings or not readings[0].vector:
        gallery_remove(kind="report", object_id=report.pk)
        return False
    reading = readings[0]
    gallery_put(
        kind="report",
        object_id=report.pk,
        vectors=[from_bytes(reading.vector)],
        version=reading.version,
        older={old.version: [from_bytes(old.vector)] for old in readings[1:] if old.vector},
        payload=GalleryPayload(
            side=report.side,
            species=report.species or reading.species,
            species_detected=bool(not report.species and reading.species),
            owner_id=report.reporter_id,
            is_public=True,
            is_test=report.is_test,
            latitude=report.public_latitude,
            longitude=report.public_longitude,
        ),
    )
    return True
