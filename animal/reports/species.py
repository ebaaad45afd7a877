"""Which species a report is of, where what somebody chose and what the photo shows may differ."""

from __future__ import annotations

from django.db.models import Max

from animal.recognition.labels import species_compatible
from animal.recognition.models import PhotoEmbedding
from animal.reports.models import Report
from animal.reports.selectors import report_photos

# From here on networks are as sure as of most photos of dogs and cats. Of kinds that they know badly they never are.
SURE_SPECIES = 0.5


def species_doubted(report: Report) -> str:
    """The species that the photo shows with confidence though another one was chosen; "" when there is no doubt."""
    shown = report.suggested_species
    if species_compatible(report.species, shown, detected=True):
        return ""
    readings = PhotoEmbedding.objects.filter(image__in=report_photos(report), species=shown)
    sure = readings.aggregate(score=Max("species_score"))["score"] or 0.0
    return shown if sure >= SURE_SPECIES else ""


def species_declared(report: Report) -> str:
    """What was chosen; "" when nothing was, or when the photo speaks against it: then it may be either."""
    return "" if species_doubted(report) else report.species
