"""A report's timeline: what happened to it, for its people."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext, gettext_noop

from accounts.models import User
from animal.reports.models import Report, ReportEvent

What = ReportEvent.What
# What the people of a report read; %(facts)s are those that the event names.
SENTENCES: dict[str, str] = {
    What.FILED: gettext_noop("The report was filed."),
    What.EDITED: gettext_noop("Changed: %(facts)s."),
    What.PHOTO_ADDED: gettext_noop("A photo was added."),
    What.PHOTO_REMOVED: gettext_noop("A photo was removed."),
    What.MATCHED: gettext_noop("A likely match was found."),
    What.MATCH_CONFIRMED: gettext_noop("The owner recognised the animal."),
    What.MATCH_DISMISSED: gettext_noop("A match was dismissed: it is another animal."),
    What.MATCH_CLOSED: gettext_noop("A match was closed without an answer, because one of its reports was resolved."),
    What.RESOLVED: gettext_noop("The report was resolved."),
    What.REOPENED: gettext_noop("The report was opened again."),
    What.HIDDEN: gettext_noop("Our staff hid the report."),
    What.SHOWN: gettext_noop("Our staff brought the report back."),
}
STAFF_ACTS = (What.HIDDEN, What.SHOWN)
# A case is a few dozen events at most; edits by a program must not make an endless answer.
EVENT_LIMIT = 500


def report_event(*, report_id: int, what: What, actor_id: int | None = None, detail: str = "") -> None:
    """Write an event down in the caller's transaction."""
    ReportEvent.objects.create(report_id=report_id, what=what, actor_id=actor_id, detail=detail[:200])


def report_timeline(report: Report, *, viewer: User) -> list[dict[str, Any]]:
    """The newest EVENT_LIMIT, oldest first. Whether the viewer may see them is asked by the caller."""
    events = ReportEvent.objects.filter(report=report).order_by("-created_at", "-pk")[:EVENT_LIMIT]
    return [
        {
            "what": event.what,
            "sentence": gettext(SENTENCES[event.what]) % {"facts": _facts(event.detail)},
            "by": _by(event, viewer),
            "created_at": event.created_at,
        }
        for event in reversed(events)
    ]


def _facts(detail: str) -> str:
    """Names of fields, as the event keeps them: "breed, last seen date"."""
    return ", ".join(gettext(fact) for fact in detail.split(", ")) if detail else ""


def _by(event: ReportEvent, viewer: User) -> str:
    """Nobody but oneself is named: the two sides of a case are strangers, and staff act as staff."""
    if event.what in STAFF_ACTS:
        return "staff"
    if event.actor_id is None:
        return ""
    return "me" if event.actor_id == viewer.pk else "other"
