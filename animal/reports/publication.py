"""Reports of somebody whose address has just been proven go out; those of a closed account come back in."""

from __future__ import annotations

from django.db import transaction

from accounts.models import User
from accounts.publication import BATCH
from animal.core.tasks import task_enqueue
from animal.recognition.services import gallery_remove
from animal.reports.gallery import report_gallery_put
from animal.reports.models import Report
from animal.reports.tasks import MATCH_TASK, run_nearby_alerts


def reports_publish(user: User, after: int) -> int | None:
    """What `report_file` would have set in motion. Whoever was told of a report is not told again."""
    last = None
    for report_id in _ids(user, after):
        with transaction.atomic():
            report = Report.objects.select_for_update().filter(pk=report_id).first()
            if report is not None and report.is_open:
                report_gallery_put(report)
                task_enqueue(run_nearby_alerts, report.pk)
                task_enqueue(MATCH_TASK, report.pk)
        last = report_id
    return last


def reports_withdraw(user: User, after: int) -> int | None:
    last = None
    for report_id in _ids(user, after):
        gallery_remove(kind="report", object_id=report_id)
        last = report_id
    return last


def _ids(user: User, after: int) -> list[int]:
    return list(Report.objects.filter(reporter=user, pk__gt=after).order_by("pk").values_list("pk", flat=True)[:BATCH])
