"""What the pages show, as plain values: templates decide nothing and query nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from animal.chat.guests import sender_said
from animal.chat.models import Conversation, Message
from animal.chat.selectors import messages_visible, report_subject
from animal.chat.tag_reports import place_told
from animal.core.sentences import restated, restated_message
from animal.images.models import Image
from animal.images.selectors import image_address
from animal.matching.models import PetMatch
from animal.matching.reasons import likelihood
from animal.matching.selectors import lost_name as name_lost
from animal.matching.selectors import report_opened_by
from animal.pets.models import Pet
from animal.reports.map_selectors import map_near
from animal.reports.models import Report
from animal.reports.selectors import live_pet, report_photos
from animal.web.words import VERDICTS, kind_said

# How far around an exact place the map shows what lies there.
CLOSE_KM = 2
PHOTOS_A_SIDE = 5


@dataclass(frozen=True)
class MessageCard:
    who: str
    body: str
    images: list[str]
    side: str  # "mine" for the reader's own messages, otherwise empty: a CSS class.
    id: str = ""
    written_at: datetime | None = None
    place: PlaceShown | None = None
    """Where a finder says that the animal is."""


@dataclass(frozen=True)
class PlaceShown:
    """A point in words, for a small map (`data-point`), and where the large map has it in its middle."""

    said: str
    point: str
    map_url: str


@dataclass(frozen=True)
class MatchCard:
    id: int
    lost_name: str
    lost_images: list[str]
    lost_caption: str
    found_images: list[str]
    found_caption: str
    percent: int
    verdict: str
    reasons: list[str]
    status: str
    is_question: bool
    is_test: bool
    is_mine: bool
    may_answer: bool
    may_dismiss: bool
    """Of the two answers the finder has this one alone: whose animal it is, the owner says."""
    conversation_id: str
    complain_at: str
    """Where the reader tells staff of what the other side shows; "" for what cannot be reported any more."""
    place: PlaceShown | None = None
    """Where the other side saw the animal, exactly: once the match is confirmed."""
    is_place_found: bool = False
    """Whether that is where it was found, or where it was lost."""
    my_report: int | None = None
    """The reader's side of it: a report with a page of its own."""
    is_over: bool = False
    """The owner has closed the lost report: the animal is home."""
    messages: list[MessageCard] = field(default_factory=list)


@dataclass(frozen=True)
class ReportCard:
    status: str
    name: str
    type: str
    breed: str
    image: str
    latitude: str
    longitude: str
    seen: str
    is_test: bool


def _first_image(pet: Pet | None, report: Report | None) -> Image | None:
    if report is not None and report.image is not None:
        return report.image
    if pet is not None:
        photos = list(pet.photos.all())
        if photos:
            return photos[0].image
    return None


def _url(image: Image | None) -> str:
    """Relative while this site serves the pictures itself, so that the pages work under any host name."""
    return image_address(image) if image is not None else ""


def _on(said: str, when: date | None) -> str:
    return said % {"date": date_format(when)} if when else ""


def _photos(report: Report | None, pet: Pet | None) -> list[str]:
    """One side's: those of its report before those of its pet."""
    images = report_photos(report) if report is not None else []
    images += [photo.image for photo in pet.photos.all()] if pet is not None else []
    return [_url(image) for image in {image.pk: image for image in images}.values()][:PHOTOS_A_SIDE]


def percent(similarity: float) -> int:
    """Never a hundred: nothing that was counted is certain."""
    return min(99, round(similarity * 100))


def verdict(similarity: float) -> str:
    """The same word for a calibrated similarity as in the match's reasons."""
    return str(VERDICTS[likelihood(similarity)])


def _lost_pet(match: PetMatch) -> Pet | None:
    return match.lost_pet or (live_pet(match.lost_report) if match.lost_report is not None else None)


def lost_name(match: PetMatch) -> str:
    return name_lost(match) or _("this animal")


def match_card(match: PetMatch, *, reader: User | None, messages: list[MessageCard] | None = None) -> MatchCard:
    report = match.lost_report
    pet = _lost_pet(match)
    return MatchCard(
        id=match.pk,
        lost_name=lost_name(match),
        lost_images=_photos(report, pet),
        lost_caption=_on(_("last seen on %(date)s"), report.last_seen_date if report is not None else None),
        found_images=_photos(match.found_report, None),
        found_caption=_on(_("on %(date)s"), match.found_report.last_seen_date),
        percent=percent(match.similarity),
        verdict=verdict(match.similarity),
        reasons=[restated(reason) for reason in match.reasons],
        status=match.status,
        is_question=match.is_question,
        is_test=match.found_report.is_test,
        is_mine=reader is not None and reader.pk in (match.owner_id, match.finder_id),
        may_answer=reader is not None and reader.pk == match.owner_id and match.status == PetMatch.Status.PENDING,
        may_dismiss=reader is not None and reader.pk == match.finder_id and match.status == PetMatch.Status.PENDING,
        conversation_id=str(match.conversation_id or ""),
        complain_at=_complain_at(match, reader),
        place=place_shown(report_opened_by(match, to=reader)) if reader is not None else None,
        is_place_found=reader is not None and reader.pk == match.owner_id,
        my_report=_my_report(match, reader),
        is_over=report is not None and report.status == Report.Status.RESOLVED,
        messages=messages or [],
    )


def _my_report(match: PetMatch, reader: User | None) -> int | None:
    sides = {match.owner_id: match.lost_report_id, match.finder_id: match.found_report_id}
    return sides.get(reader.pk) if reader is not None else None


def place_shown(report: Report | None) -> PlaceShown | None:
    """The exact place, for whom the rules show it to; None of what nobody gave a point for."""
    if report is None or report.latitude is None:
        return None
    return point_shown(*report.point)


def point_shown(latitude: float, longitude: float) -> PlaceShown:
    said, point = f"{latitude:.5f}, {longitude:.5f}", f"{latitude:.6f},{longitude:.6f}"
    return PlaceShown(said=said, point=point, map_url=map_near(latitude, longitude, within_km=CLOSE_KM))


def _complain_at(match: PetMatch, reader: User | None) -> str:
    if reader is None or match.status not in (PetMatch.Status.PENDING, PetMatch.Status.CONFIRMED):
        return ""
    if reader.pk == match.owner_id:
        return reverse("complain-report", args=[match.found_report_id])
    if match.lost_report_id is not None:
        return reverse("complain-report", args=[match.lost_report_id])
    return reverse("complain-pet", args=[match.lost_pet_id]) if match.lost_pet_id is not None else ""


def message_cards(conversation: Conversation, *, reader: User | None, limit: int = 200) -> list[MessageCard]:
    messages = Message.objects.filter(conversation=conversation, is_withheld=False)
    newest = (messages_visible(reader, conversation) if reader else messages).order_by("-created_at")
    newest = newest.prefetch_related("attachments__image")[:limit]
    return [message_card(message, reader=reader) for message in reversed(newest)]


def said_and_where(body: str) -> tuple[str, PlaceShown | None]:
    """What a message says to its reader, and the place that a finder told with it."""
    said, point = place_told(body)
    # By the whole of it: what stands beside others is known as ours.
    words = restated_message(body)
    return (words.rpartition("\n\n")[0], point_shown(*point)) if point is not None and said else (words, None)


def message_card(message: Message, *, reader: User | None) -> MessageCard:
    body, place = said_and_where(message.body)
    return MessageCard(
        who=sender_said(message.sender_name),
        body=body,
        place=place,
        images=[_url(attachment.image) for attachment in message.attachments.all()],
        side="mine" if reader is not None and message.sender_id == reader.pk else "",
        id=str(message.pk),
        written_at=message.created_at,
    )


def report_card(report: Report) -> ReportCard:
    pet: Any = report.pet if report.pet is not None and report.pet.deleted_at is None else None
    breed = pet.breed if pet else report.pet_breed
    return ReportCard(
        status=report.status,
        name=restated(report_subject(report)),
        type=kind_said(pet.type if pet else report.pet_type),
        breed="" if breed == "Unknown" else breed,
        image=_url(_first_image(pet, report)),
        # To a metre, as the API has it: rounded to 100 m it could come nearer to the true point than was promised.
        latitude=f"{report.public_latitude:.5f}",
        longitude=f"{report.public_longitude:.5f}",
        seen=_on(_("on %(date)s"), report.last_seen_date),
        is_test=report.is_test,
    )
