"""One's own reports as the pages show them, as plain values: what happened to each, and what may be the same animal."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Min, Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from animal.chat.selectors import conversations_of, report_subject
from animal.core.sentences import restated
from animal.images.hints import hints_said
from animal.images.selectors import image_address
from animal.matching.models import PetMatch
from animal.matching.selectors import matches_seen_by
from animal.pets.models import FeatureStatus
from animal.recognition.models import PhotoEmbedding
from animal.reports.cases import public_page
from animal.reports.models import Report
from animal.reports.selectors import first_photo, is_about_my_tag, is_mine, live_pet, my_reports, report_photos
from animal.reports.timeline import report_timeline
from animal.web.pet_cards import PhotoCard
from animal.web.presenters import MatchCard, PlaceShown, match_card, place_shown
from animal.web.selectors import with_everything
from animal.web.words import kind_said

MATCHES_SHOWN = 20
TALKS_SHOWN = 20
BY = {"me": gettext_lazy("by you"), "other": gettext_lazy("by the other side"), "staff": gettext_lazy("by our staff")}


@dataclass(frozen=True)
class MyReportCard:
    id: int
    name: str
    side: str
    status: str
    is_open: bool
    is_hidden: bool
    is_test: bool
    image: str
    kind: str
    seen: str
    waiting: int
    """Matches that nobody has answered yet."""


@dataclass(frozen=True)
class Step:
    """Something that happened, or that is under way (`is_done` is False, and `when` is None)."""

    sentence: str
    when: datetime | None = None
    by: str = ""
    is_done: bool = True


@dataclass(frozen=True)
class Talk:
    id: str
    last_written: datetime | None


@dataclass(frozen=True)
class ReportPage:
    card: MyReportCard
    photos: list[PhotoCard]
    description: str
    place: str
    exact: PlaceShown | None
    steps: list[Step]
    matches: list[MatchCard]
    talks: list[Talk]
    pet_id: int | None
    """Of a pet of the viewer's own."""
    is_author: bool
    waits: bool
    """One of its matches waits for an answer."""
    is_matched: bool
    """One of its matches was confirmed."""
    is_by_my_tag: bool
    """Somebody filed it by the tag of a pet of the viewer's own."""
    is_over: bool
    """A found report that is open still, though the owner has closed the case of the animal that it is."""
    is_private: bool
    """Open, and on no public page: the viewer keeps its pet private."""
    is_unproven: bool
    """Open, but seen by nobody else and compared with nothing until the viewer, its author, confirms their address."""
    is_failed: bool
    public_page: str
    """Its path; "" when others see no page of it."""
    may_print: bool
    reopens_as: str


def my_report_cards(actor: User) -> list[MyReportCard]:
    """Newest first. One query for the matches, however many reports."""
    reports = list(my_reports(actor))
    waiting = _waiting(actor, reports)
    return [_card(report, waiting[report.pk]) for report in reports]


def report_page(report: Report, *, viewer: User) -> ReportPage:
    """Of a report that the viewer may see (`access_report_as_reporter`), with its photos prefetched."""
    pet = live_pet(report)
    matches = _matches(report, viewer)
    cards = [match_card(match, reader=viewer) for match in matches]
    confirmed = [card for card in cards if card.status == PetMatch.Status.CONFIRMED]
    is_pets_owner = pet is not None and pet.owner_id == viewer.pk
    waiting = sum(match.status == PetMatch.Status.PENDING for match in matches)
    is_author = report.reporter_id == viewer.pk
    talks = conversations_of(viewer).filter(report=report).order_by("-last_message_at")[:TALKS_SHOWN]
    is_by_my_tag = is_about_my_tag(viewer, report)
    card = _card(report, waiting)
    if is_by_my_tag and report.tag_pet is not None:
        card = replace(card, name=report.tag_pet.name)  # Whose animal it is, is known: others see "Found dog".
    return ReportPage(
        card=card,
        is_by_my_tag=is_by_my_tag,
        exact=place_shown(report),
        photos=_photos(report, viewer),
        description=report.description,
        place=f"{report.latitude:.5f}, {report.longitude:.5f}" if report.latitude is not None else "",
        steps=_steps(report, viewer, is_matched=bool(confirmed)),
        matches=cards,
        talks=[Talk(id=str(talk.pk), last_written=talk.last_message_at) for talk in talks],
        pet_id=pet.pk if pet is not None and is_pets_owner else None,
        is_author=is_author,
        waits=waiting > 0,
        is_matched=bool(confirmed),
        is_over=report.status == Report.Status.FOUND and any(card.is_over for card in confirmed),
        is_private=report.is_open and pet is not None and is_pets_owner and not pet.is_public,
        is_unproven=is_author and report.is_open and not viewer.is_proven,
        is_failed=is_mine(viewer, report) and report.feature_status == FeatureStatus.FAILED,
        public_page=public_page(report),
        may_print=is_author and viewer.is_proven and report.is_open and report.side == Report.Side.LOST,
        reopens_as=report.side if report.status == Report.Status.RESOLVED else "",
    )


def _waiting(actor: User, reports: list[Report]) -> Counter[int]:
    ids = [report.pk for report in reports]
    pending = matches_seen_by(actor).filter(
        Q(lost_report__in=ids) | Q(found_report__in=ids), status=PetMatch.Status.PENDING
    )
    return Counter(report for pair in pending.values_list("lost_report", "found_report") for report in pair if report)


def _matches(report: Report, viewer: User) -> list[PetMatch]:
    about = matches_seen_by(viewer).filter(Q(lost_report=report) | Q(found_report=report))
    newest = list(with_everything(about).order_by("-created_at", "-pk")[:MATCHES_SHOWN])
    # What was confirmed comes first, then what waits for an answer; of those, what was found last.
    first = (PetMatch.Status.CONFIRMED, PetMatch.Status.PENDING)
    return sorted(newest, key=lambda match: first.index(match.status) if match.status in first else len(first))


def _card(report: Report, waiting: int) -> MyReportCard:
    pet, photo = live_pet(report), first_photo(report)
    said: Any = pet if pet is not None else None
    kind, breed = (said.type, said.breed) if said else (report.pet_type, report.pet_breed)
    seen = report.last_seen_date
    return MyReportCard(
        id=report.pk,
        name=restated(report_subject(report)),
        side=report.side,
        status=report.status,
        is_open=report.status != Report.Status.RESOLVED,
        is_hidden=report.hidden_at is not None,
        is_test=report.is_test,
        image=image_address(photo) if photo is not None else "",
        kind=kind_said(kind) if breed in ("", "Unknown") else f"{kind_said(kind)}, {breed}",
        seen=date_format(seen) if seen else "",
        waiting=waiting,
    )


def _photos(report: Report, viewer: User) -> list[PhotoCard]:
    """Hints are for whoever took the photo."""
    return [
        PhotoCard(
            id=photo.pk,
            url=image_address(photo),
            hints=[hint["message"] for hint in hints_said(photo.hints)] if photo.uploader_id == viewer.pk else [],
        )
        for photo in report_photos(report)
    ]


def _steps(report: Report, viewer: User, *, is_matched: bool) -> list[Step]:
    """Oldest first, and what comes next."""
    steps = [
        Step(sentence=event["sentence"], when=event["created_at"], by=str(BY.get(event["by"], "")))
        for event in report_timeline(report, viewer=viewer)
    ]
    if (read_at := _read_at(report)) is not None:
        steps.append(Step(sentence=_("The photo was read."), when=read_at))
    steps.sort(key=lambda step: step.when or read_at or report.reported_at)
    return [*steps, *_next_steps(report, is_matched=is_matched)]


def _read_at(report: Report) -> datetime | None:
    photos = report_photos(report)
    if not photos or report.feature_status != FeatureStatus.COMPLETED:
        return None
    read: datetime | None = PhotoEmbedding.objects.filter(image__in=photos).aggregate(at=Min("created_at"))["at"]
    return read


def _next_steps(report: Report, *, is_matched: bool) -> list[Step]:
    if not report.is_open:
        return []
    if is_matched:
        words = _("Agree in the chat on where to meet. When the animal is home, close the report here.")
        return [Step(sentence=words, is_done=False)]
    if report.feature_status == FeatureStatus.FAILED:
        return [Step(sentence=restated(report.feature_error), is_done=False)]
    if report.feature_status != FeatureStatus.COMPLETED:
        return [Step(sentence=_("The photo is being read."), is_done=False)]
    if not report.reporter.is_proven:
        return []
    return [Step(sentence=_("We compare it with every new report, and tell you at once."), is_done=False)]
