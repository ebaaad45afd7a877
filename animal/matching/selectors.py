"""Reads of matches, always for one actor."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext_lazy

from accounts.models import User
from animal.chat.models import Conversation
from animal.core.errors import NotFound
from animal.images.models import Image
from animal.matching.models import PetMatch
from animal.pets.models import PetPhoto
from animal.reports.models import Report
from animal.reports.selectors import NAMELESS, live_pet

NOT_YOURS = gettext_lazy("This match does not exist, or is not yours.")


def matches_seen_by(actor: User) -> QuerySet[PetMatch]:
    """The matches that the actor may know of; no order, no bound.

    A question ("is this Milo?") is the owner's alone until the owner says yes. The finder sees the owner's pet, which
    may be private, only while it is missing or once the owner recognised it. A deleted pet and a hidden report hide
    their matches.
    """
    status = PetMatch.Status
    missing = Q(status=status.PENDING, is_question=False, lost_report__status=Report.Status.LOST)
    return (
        PetMatch.objects.filter(Q(owner=actor) | Q(missing | Q(status=status.CONFIRMED), finder=actor))
        .filter(Q(lost_pet=None) | Q(lost_pet__deleted_at=None))
        .filter(Q(lost_report=None) | Q(lost_report__hidden_at=None), found_report__hidden_at=None)
    )


def name_matched(conversation: Conversation) -> str:
    """Of the lost animal, where the earliest of its matches opened this conversation; "" for one without a name."""
    matches = PetMatch.objects.filter(conversation=conversation).exclude(lost_pet__deleted_at__isnull=False)
    match = matches.select_related("lost_pet", "lost_report__pet").order_by("-created_at", "-pk").last()
    return lost_name(match) if match is not None else ""


def lost_name(match: PetMatch) -> str:
    report = match.lost_report
    pet = match.lost_pet or (live_pet(report) if report is not None else None)
    name = pet.name if pet is not None else (report.pet_name if report is not None else "")
    return "" if name.strip().casefold() in NAMELESS else name


def matches_of(actor: User) -> QuerySet[PetMatch]:
    """The actor's matches with what their list shows; no order, no bound."""
    return (
        matches_seen_by(actor)
        .select_related("lost_pet", "lost_report__image", "found_report__image")
        .prefetch_related(Prefetch("lost_pet__photos", PetPhoto.objects.select_related("image")))
    )


def access_match(actor: User, match_id: int) -> PetMatch:
    """Raises NotFound unless the actor is one of its two sides and may know of it."""
    match = matches_of(actor).filter(pk=match_id).first()
    if match is None:
        raise NotFound(NOT_YOURS)
    return match


def access_match_as_owner(actor: User, match_id: int) -> PetMatch:
    """Raises NotFound unless the lost animal is the actor's."""
    match = matches_of(actor).filter(pk=match_id, owner=actor).first()
    if match is None:
        raise NotFound(NOT_YOURS)
    return match


def match_between(actor: User, lost: Report, found: Report) -> PetMatch | None:
    """The match of these two that the actor may still answer, or has confirmed."""
    open_still = (PetMatch.Status.PENDING, PetMatch.Status.CONFIRMED)
    return matches_seen_by(actor).filter(lost_report=lost, found_report=found, status__in=open_still).first()


def reports_opened_to(actor: User, report_ids: Collection[int]) -> set[int]:
    """Those of these reports whose exact place the actor may see: the other side of the actor's confirmed matches."""
    confirmed = PetMatch.objects.filter(status=PetMatch.Status.CONFIRMED)
    found = confirmed.filter(owner=actor, found_report_id__in=report_ids)
    lost = confirmed.filter(finder=actor, lost_report_id__in=report_ids)
    return {
        report_id
        for report_id in (
            *found.values_list("found_report_id", flat=True),
            *lost.values_list("lost_report_id", flat=True),
        )
        if report_id is not None
    }


def report_opened_by(match: PetMatch, *, to: User) -> Report | None:
    """The other side's report, whose exact place this match shows to one of its two sides; None until it is confirmed,
    and where the owner had reported nothing. As `reports_opened_to`, of one match."""
    if match.status != PetMatch.Status.CONFIRMED:
        return None
    theirs = {match.owner_id: match.found_report, match.finder_id: match.lost_report}
    return theirs.get(to.pk)


def lost_animal_name(match: PetMatch) -> str:
    """What the owner calls the lost animal; "" when nobody said."""
    name = match.lost_pet.name if match.lost_pet else match.lost_report.pet_name if match.lost_report else ""
    return "" if name.strip().casefold() in NAMELESS else name


def lost_animal_picture(match: PetMatch) -> Image | None:
    """The pet's first photo, else the lost report's."""
    photo = next(iter(match.lost_pet.photos.all()), None) if match.lost_pet else None
    if photo is not None:
        return photo.image
    return match.lost_report.image if match.lost_report else None
