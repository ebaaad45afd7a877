"""Reads for the pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from accounts.models import User
from animal.chat.guests import sender_said
from animal.chat.models import Conversation, Message
from animal.chat.selectors import conversation_subject as subject_for
from animal.chat.summaries import ConversationSummary
from animal.core.blocks import blocks_of
from animal.core.errors import NotFound
from animal.core.sentences import restated
from animal.matching.models import PetMatch
from animal.matching.selectors import lost_name, matches_seen_by
from animal.pets.models import Pet
from animal.reports.models import Report, ReportPhoto
from animal.reports.selectors import access_report_as_reporter, shown_to_others
from animal.web.presenters import MatchCard, match_card, message_cards

MATCHES_SHOWN = 10
IN_CHAT = 3


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
    return Counts(reunions=_reunions(), lost=still["lost"], found=still["found"])


def _reunions() -> int:
    """Cases that their people closed after a match was confirmed or somebody found the animal by its tag.

    Why the other closed ones ended nobody tells us. Where nobody had reported it lost, the finder's report is the case.
    """
    by_match = PetMatch.objects.filter(lost_report=OuterRef("pk"), status=PetMatch.Status.CONFIRMED)
    by_tag = Report.objects.filter(tag_pet=OuterRef("pet"), reported_at__gte=OuterRef("reported_at"))
    home = Report.objects.filter(side=Report.Side.LOST, status=Report.Status.RESOLVED, is_test=False, hidden_at=None)
    in_time = by_tag.filter(reported_at__lte=OuterRef("resolved_at"))
    unreported = PetMatch.objects.filter(status=PetMatch.Status.CONFIRMED, lost_report=None)
    closed = unreported.filter(found_report__status=Report.Status.RESOLVED, found_report__is_test=False)
    return home.filter(Exists(by_match) | Exists(in_time)).count() + closed.count()


def with_everything(matches: QuerySet[PetMatch]) -> QuerySet[PetMatch]:
    joined = matches.select_related("lost_pet", "lost_report__image", "lost_report__pet", "found_report__image")
    photos = ReportPhoto.objects.select_related("image")
    return joined.prefetch_related(
        *("lost_pet__photos__image", "lost_report__pet__photos__image"),
        *(Prefetch(f"{side}__more_photos", photos) for side in ("lost_report", "found_report")),
    )


def example_match() -> MatchCard | None:
    """The newest match of the demo's test data with its chat, for the first page. Never a real person's."""
    shown = PetMatch.objects.filter(found_report__is_test=True, is_question=False, lost_pet__deleted_at=None)
    match = with_everything(shown).exclude(conversation=None).order_by("-conversation__last_message_at", "-pk").first()
    if match is None or match.conversation is None:
        return None
    return match_card(match, reader=None, messages=message_cards(match.conversation, reader=None, limit=20))


def matches_of(person: User) -> list[MatchCard]:
    """Newest first; a question ("is this Milo?") is shown to the owner alone until the owner says yes."""
    newest = with_everything(matches_seen_by(person)).order_by("-created_at", "-pk")[:MATCHES_SHOWN]
    return [match_card(match, reader=person) for match in newest]


def conversation_matches(conversation: Conversation, *, reader: User) -> list[MatchCard]:
    """What the two talk about, side by side: confirmed before waiting, and nothing that was answered with no."""
    open_still = (PetMatch.Status.CONFIRMED, PetMatch.Status.PENDING)
    matches = matches_seen_by(reader).filter(conversation=conversation, status__in=open_still)
    # "confirmed" comes before "pending" in the alphabet, too.
    shown = with_everything(matches).order_by("status", "-created_at", "-pk")[:IN_CHAT]
    return [match_card(match, reader=reader) for match in shown]


def conversation_subject(conversation: Conversation, *, reader: User) -> str:
    """As the news of it and mails call it."""
    return restated(subject_for(conversation, reader_id=reader.pk))


def conversation_subjects(talks: Sequence[ConversationSummary], *, reader: User) -> dict[UUID, str]:
    """The same for several, in two questions."""
    matches = PetMatch.objects.filter(conversation__in=[talk.id for talk in talks], lost_pet__deleted_at=None)
    joined = matches.select_related("lost_pet", "lost_report__pet").order_by("-created_at", "-pk")
    called = {match.conversation_id: lost_name(match) for match in joined}
    own = Pet.objects.filter(owner=reader, deleted_at=None, tag_reports__in=[talk.report_id for talk in talks])
    scanned: dict[int, str] = dict(own.values_list("tag_reports", "name"))
    return {talk.id: called.get(talk.id) or scanned.get(talk.report_id) or restated(talk.subject) for talk in talks}


@dataclass(frozen=True)
class PersonMet:
    id: int
    name: str
    is_blocked: bool


def people_in(thread: Sequence[Message], *, reader: User) -> list[PersonMet]:
    """The others who wrote, by the names that they wrote under: who is silent has told nobody who they are."""
    others = [message for message in thread if message.sender_id not in (None, reader.pk)]
    names = {message.sender_id or 0: message.sender_name for message in others}
    blocked = blocks_of(reader.pk).made if names else frozenset()
    return [PersonMet(id=pk, name=sender_said(name), is_blocked=pk in blocked) for pk, name in names.items()]


def conversation_report(actor: User, conversation: Conversation) -> Report | None:
    """What they talk about, if the actor has a page of it: there it is resolved."""
    try:
        return access_report_as_reporter(actor, conversation.report_id)
    except NotFound:
        return None
