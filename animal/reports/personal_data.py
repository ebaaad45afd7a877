"""Reports, as their reporter has them."""

from __future__ import annotations

from typing import Any

from django.forms.models import model_to_dict

from accounts.models import User
from accounts.personal_data import BATCH
from animal.alerts.services import notifications_erase_of_report
from animal.reports.models import Report
from animal.reports.timeline import report_timeline

_DERIVED = ("cell_r4", "cell_r5", "cell_r6", "cell_r7")


def collect(user: User) -> list[dict[str, Any]]:
    reports = Report.objects.filter(reporter=user).prefetch_related("more_photos").order_by("pk")
    return [
        {
            **model_to_dict(report, exclude=_DERIVED),
            "reported_at": report.reported_at,
            "more_pictures": [photo.image_id for photo in report.more_photos.all()],
            "timeline": report_timeline(report, viewer=user),
        }
        for report in reports
    ]


def erase(user: User) -> bool:
    """With their conversations and matches (ON DELETE CASCADE); a signal takes them out of the gallery."""
    reports = list(Report.objects.filter(reporter=user)[:BATCH])
    for report in reports:
        if notifications_erase_of_report(report_id=report.pk):
            return True
        report.delete()
    return bool(reports)
