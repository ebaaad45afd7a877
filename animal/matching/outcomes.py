"""What becomes of matches when one of their reports is resolved, opened again, or deleted."""

from __future__ import annotations

from functools import partial

from django.db import transaction
from django.db.models import Q, QuerySet

from animal.alerts import mails
from animal.alerts.models import Notification
from animal.alerts.services import notification_create
from animal.core.blocks import blocks_of
from animal.matching import told
from animal.matching.models import PetMatch
from animal.reports.models import Report, ReportEvent
from animal.reports.timeline import report_event

Status = PetMatch.Status
What = ReportEvent.What
# {whether the match was confirmed: by the side whose report was closed}: what the other side is told. No name is in
# it, since it stays when the report, or the account of whoever filed it, is gone.
OUTCOMES: dict[tuple[bool, str], str] = {
    (True, Report.Side.LOST): told.HOME_AGAIN,
    (False, Report.Side.LOST): told.NO_LONGER_MISSING,
    (True, Report.Side.FOUND): told.FINDER_CLOSED,
    (False, Report.Side.FOUND): told.POSSIBLE_FINDER_CLOSED,
}


@transaction.atomic
def matches_follow_report(*, report: Report) -> None:
    """Close the open matches of a resolved report and tell the other side the outcome, once; open them again with it.

    A verdict stays what it is.
    """
    if report.status == Report.Status.RESOLVED:
        matches_close(report=report)
        return
    closed = _matches_of(report).filter(status=Status.CLOSED)
    open_again = closed.exclude(found_report__status=Report.Status.RESOLVED)
    ids = open_again.exclude(lost_report__status=Report.Status.RESOLVED).values_list("pk", flat=True)
    PetMatch.objects.filter(pk__in=list(ids), status=Status.CLOSED).update(status=Status.PENDING)


@transaction.atomic
def matches_close(*, report: Report) -> None:
    """As for a resolved report; also for one that is being deleted."""
    for match in _matches_of(report).exclude(status=Status.DISMISSED).select_related("lost_report"):
        pending = PetMatch.objects.filter(pk=match.pk, status=Status.PENDING)
        if pending.update(status=Status.CLOSED):
            other_id = match.found_report_id if report.side == Report.Side.LOST else match.lost_report_id
            if other_id is not None and not match.is_question:
                report_event(report_id=other_id, what=What.MATCH_CLOSED, detail=str(match.pk))
        # Of a question ("is this Milo?") only the owner knows, and it simply goes.
        if not match.is_question:
            _tell(match, report)


def _tell(match: PetMatch, report: Report) -> None:
    recipient_id = match.finder_id if report.side == Report.Side.LOST else match.owner_id
    other_id = match.owner_id if report.side == Report.Side.LOST else match.finder_id
    if recipient_id in blocks_of(other_id).either:
        return
    sentence = OUTCOMES[match.status == Status.CONFIRMED, report.side]
    notification_create(
        recipient_id=recipient_id,
        verb=Notification.Verb.MATCH_CLOSED,
        description=sentence,
        link=f"/chat/{match.conversation_id}" if match.conversation_id else "",
        dedupe_key=f"match:{match.pk}:closed:{report.side}",
        mail=partial(
            mails.case_closed,
            was_confirmed=match.status == Status.CONFIRMED,
            by_owner=report.side == Report.Side.LOST,
        ),
    )


def _matches_of(report: Report) -> QuerySet[PetMatch]:
    return PetMatch.objects.filter(Q(lost_report=report) | Q(found_report=report)).order_by("pk")
