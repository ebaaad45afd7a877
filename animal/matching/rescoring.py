"""An offered pair follows what its people say afterwards: a chip number that is written down later settles it, or all
but rules it out, and both read so in the match that they have."""

from __future__ import annotations

from functools import partial

from django.db import transaction
from django.db.models import Q, QuerySet

from animal.alerts import mails
from animal.alerts.models import Notification
from animal.alerts.services import notification_create
from animal.matching.models import PetMatch
from animal.matching.pairs import Candidate
from animal.matching.reasons import likeness_said
from animal.matching.selectors import lost_animal_name
from animal.matching.services import QUESTIONS_PATH, is_still_open
from animal.matching.told import (
    FOUND_IS_BY_CHIP,
    OWN_FOUND_BY_CHIP,
    SOMEBODYS,
    YOUR_ANIMAL,
)
from animal.pets.models import Pet
from animal.pets.selectors import pet_vectors
from animal.recognition.index.versions import Likeness, likeness_between
from animal.recognition.models import GalleryEntry
from animal.reports.models import Report
from animal.reports.selectors import live_pet, report_vectors

Verb = Notification.Verb


def matches_of_report_rescore(report: Report) -> None:
    """Unanswered matches of a report. Raises ModelUnavailable."""
    _rescore(PetMatch.objects.filter(Q(lost_report=report) | Q(found_report=report)))


def matches_of_pet_rescore(pet: Pet) -> None:
    """Unanswered matches of a pet, and of its lost reports. Raises ModelUnavailable."""
    _rescore(PetMatch.objects.filter(Q(lost_pet=pet) | Q(lost_report__pet=pet)))


def _rescore(matches: QuerySet[PetMatch]) -> None:
    pending = matches.filter(status=PetMatch.Status.PENDING).order_by("pk")
    for match in pending.select_related("found_report", "lost_report__pet", "lost_pet"):
        candidate = _candidate(match)
        # What staff have hidden, and what lies between people of whom one has blocked the other, stays as it is.
        if candidate is not None and is_still_open(candidate):
            _write(match, candidate)


def _candidate(match: PetMatch) -> Candidate | None:
    """None when there is nothing to go by now: the animal is gone, or its photos are being read again."""
    lost, pet = match.lost_report, match.lost_pet
    if pet is not None and pet.deleted_at is not None:
        pet = None
    if lost is not None:
        pet = pet or live_pet(lost)
    if lost is None and pet is None:
        return None
    likeness = _likeness(lost, pet, match.found_report)
    candidate = Candidate(found=match.found_report, lost=lost, pet=pet, likeness=likeness)
    unread = likeness is None and match.cosine is not None
    return None if unread and not candidate.fused.is_settled_by_chip else candidate


def _likeness(lost: Report | None, pet: Pet | None, found: Report) -> Likeness | None:
    ours = report_vectors(lost) if lost is not None else pet_vectors(pet) if pet is not None else {}
    return likeness_between(ours, report_vectors(found), kind=GalleryEntry.Kind.REPORT, object_id=found.pk)


@transaction.atomic
def _write(match: PetMatch, candidate: Candidate) -> None:
    said = likeness_said(candidate)
    if all(getattr(match, name) == value for name, value in said.items()):
        return
    was_settled = match.is_settled_by_chip
    if not PetMatch.objects.filter(pk=match.pk, status=PetMatch.Status.PENDING).update(**said):
        return  # Answered meanwhile: it stays what it was when somebody answered.
    match.refresh_from_db(fields=list(said))
    if match.is_settled_by_chip and not was_settled:
        _tell(match)


def _tell(match: PetMatch) -> None:
    """Each side once. Of a question ("is this Milo?") the finder knows nothing."""
    name = lost_animal_name(match)
    owners_name = name or YOUR_ANIMAL
    link = f"/chat/{match.conversation_id}" if match.conversation_id else QUESTIONS_PATH
    notification_create(
        recipient_id=match.owner_id,
        verb=Verb.MATCH_QUESTION if match.is_question else Verb.AUTO_MATCH,
        description=OWN_FOUND_BY_CHIP % {"name": owners_name},
        target_id=match.lost_pet.pk if match.lost_pet else None,
        target_name=name,
        link=link,
        dedupe_key=f"match:{match.pk}:chip:owner",
        mail=partial(mails.very_likely_found, name=name),
    )
    if match.is_question:
        return
    notification_create(
        recipient_id=match.finder_id,
        verb=Verb.AUTO_MATCH,
        description=FOUND_IS_BY_CHIP % {"name": name or SOMEBODYS},
        target_name=name,
        link=link,
        dedupe_key=f"match:{match.pk}:chip:finder",
        mail=mails.owner_very_likely_here,
    )
