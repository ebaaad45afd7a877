"""Reads for the pages."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from accounts.models import User
from animal.chat.models import Conversation
from animal.chat.selectors import report_subject
from animal.matching.models import PetMatch
from animal.matching.selectors import matches_seen_by
from animal.reports.models import Report
from animal.reports.selectors import shown_to_others
from animal.web.presenters import MatchCard, ReportCard, match_card, message_cards, report_card

MATCHES_SHOWN = 10
REPORTS_SHOWN = 60
RECENT_SHOWN = 4


@dataclass(frozen=True)
class Counts:
    reunions: int
    lost: int
    found: int


def true_counts() -> Counts:
    """Numbers that are true: real data only, nothing of the demo."""
    real = Report.objects.filter(shown_to_others(), is_test=False)
    still = real.aggregate(
        lost=Count("pk", filter=Q(status=Report.Status.LOST)), found=Count("pk", filter=Q(status=Report.Status.FOUND))
    )
    reunions = PetMatch.objects.filter(status=PetMatch.Status.CONFIRMED, found_report__is_test=False).count()
    return Counts(reunions=reunions, lost=still["lost"], found=still["found"])


def _with_everything(matches: QuerySet[PetMatch]) -> QuerySet[PetMatch]:
    joined = matches.select_related("lost_pet", "lost_report__image", "lost_report__pet", "found_report__image")
    return joined.prefetch_related("lost_pet__photos__image", "lost_report__pet__photos__image")


def example_match() -> MatchCard | None:
    """The newest match of the demo's test data with its chat, for the first page. Never a real person's."""
    shown = PetMatch.objects.filter(found_report__is_test=True, is_question=False, lost_pet__deleted_at=None)
    match = _with_everything(shown).exclude(conversation=None).order_by("-conversation__last_message_at", "-pk").first()
    if match is None or match.conversation is None:
        return None
    return match_card(match, reader=None, messages=message_cards(match.conversation, reader=None, limit=20))


def reports_shown(*, viewer: User | None, status: str, limit: int = REPORTS_SHOWN) -> list[ReportCard]:
    """Open reports, newest first. Test accounts and visitors of a demo see test data; others see real reports."""
    shows_test = viewer.is_test if viewer is not None else not Report.objects.filter(is_test=False).exists()
    reports = Report.objects.filter(shown_to_others(), is_test=shows_test).exclude(status=Report.Status.RESOLVED)
    if status in (Report.Status.LOST, Report.Status.FOUND):
        reports = reports.filter(status=status)
    newest = reports.select_related("image", "pet").prefetch_related("pet__photos__image")[:limit]
    return [report_card(report) for report in newest]


def matches_of(person: User) -> list[MatchCard]:
    """Newest first; a question ("is this Milo?") is shown to the owner alone until the owner says yes."""
    newest = _with_everything(matches_seen_by(person)).order_by("-created_at", "-pk")[:MATCHES_SHOWN]
    return [match_card(match, reader=person) for match in newest]


def conversation_subject(conversation: Conversation) -> str:
    """The lost animal's name where a match opened the conversation, else what the report is about."""
    match = _with_everything(PetMatch.objects.filter(conversation=conversation, lost_pet__deleted_at=None)).first()
    return match_card(match, reader=None).lost_name if match is not None else report_subject(conversation.report)
