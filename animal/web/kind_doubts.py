"""A report whose photo shows another kind of animal than was chosen."""

from __future__ import annotations

from accounts.models import User
from animal.reports.models import Report
from animal.reports.selectors import live_pet
from animal.reports.species import species_doubted
from animal.web.forms import KIND_OF_SPECIES


def other_kind(report: Report, viewer: User) -> str:
    """The kind of our form that the photo shows, for whoever filed the report and may correct it; "" without a doubt.
    What a registered pet is stands at the pet."""
    if report.reporter_id != viewer.pk or live_pet(report) is not None or not report.is_open:
        return ""
    return KIND_OF_SPECIES.get(species_doubted(report), "")
