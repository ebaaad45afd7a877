"""Writes of matches: offering a pair to its two people, and their verdict on it."""

from __future__ import annotations

from functools import partial

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.selectors import proven
from animal.alerts import mails
from animal.alerts.models import Notification
from animal.alerts.services import notification_create
from animal.chat.models import Conversation
from animal.chat.services import conversation_open
from animal.core.blocks import blocks_of
from animal.core.errors import Conflict, NotFound
from animal.core.faults import checkpoint
from animal.matching.candidates import known_matches
from animal.matching.models import PetMatch
from animal.matching.pairs import Candidate
from animal.matching.reasons import likeness_said
from animal.matching.selectors import NOT_YOURS, lost_animal_name
from animal.matching.told import (
    FOUND_MAY_BE,
    OWN_MAY_BE_FOUND,
    QUESTION,
    RECOGNISED,
    SOMEBODYS,
    YOUR_ANIMAL,
    YOUR_ANIMAL_WITHIN,
)
from animal.pets.models import Pet
from animal.reports.models import Report, ReportEvent
from animal.reports.selectors import shown_to_others
from animal.reports.timeline import report_event

Status = PetMatch.Status
Verb = Notification.Verb
What = ReportEvent.What
# Where the owner answers a question: the first page lists one's matches.
QUESTIONS_PATH = "/"


def match_offer(*, candidate: Candidate) -> PetMatch | None:
    """Make a match of a candidate and tell its people; None when the pair is known or no longer open.

    A known pair stays as it is, whatever was answered; how likely it is follows elsewhere (see `rescoring`). Only an
    unanswered question becomes a full match once the owner has reported the animal lost, since nobody needs to be
    asked any more whether it is missing.
    """
    with transaction.atomic():
        match = _match_write(candidate) if is_still_open(candidate) else None
        if match is not None:
            checkpoint("match_written")
    if match is not None:
        checkpoint("notified")
    return match


@transaction.atomic
def match_confirm(*, actor: User, match: PetMatch) -> PetMatch:
    """Record that the owner recognises the animal: the two can talk and see each other's exact place.

    Repeating it changes nothing. Raises Conflict when the match was dismissed: a verdict is never overwritten.
    """
    if actor.pk != match.owner_id:
        raise NotFound(NOT_YOURS)
    blocks = blocks_of(actor.pk)
    if match.finder_id in blocks.made:
        raise Conflict(_("You have blocked the finder. To talk to them, unblock them first."), code="blocked")
    if not _settle(match, actor=actor, verdict=Status.CONFIRMED):
        return match
    match.conversation = _conversation(match)
    match.save(update_fields=["conversation"])
    _note(match, What.MATCH_CONFIRMED, actor=actor)
    if match.finder_id not in blocks.met:
        notification_create(
            recipient_id=match.finder_id,
            verb=Verb.MATCH_CONFIRMED,
            description=RECOGNISED,
            target_name=lost_animal_name(match),
            link=f"/chat/{match.conversation.pk}",
            dedupe_key=f"match:{match.pk}:confirmed",
            mail=mails.recognised_by_owner,
        )
    return match


@transaction.atomic
def match_dismiss(*, actor: User, match: PetMatch) -> PetMatch:
    """Record that these are two animals; the pair is never offered again.

    Either side may say so. Repeating it changes nothing. Raises Conflict when the match was confirmed.
    """
    if actor.pk not in (match.owner_id, match.finder_id):
        raise NotFound(NOT_YOURS)
    if _settle(match, actor=actor, verdict=Status.DISMISSED):
        _note(match, What.MATCH_DISMISSED, actor=actor)
    return match


def _note(match: PetMatch, what: ReportEvent.What, *, actor: User | None = None) -> None:
    """In the timelines of both reports; of the finder's not while the finder knows nothing of the match."""
    told = not match.is_question or match.status == Status.CONFIRMED
    for report_id in (match.lost_report_id, match.found_report_id if told else None):
        if report_id is not None:
            report_event(report_id=report_id, what=what, actor_id=actor.pk if actor else None, detail=str(match.pk))


def _settle(match: PetMatch, *, actor: User, verdict: Status) -> bool:
    """True if this call gave the verdict, False if it was given before."""
    now = timezone.now()
    settled = PetMatch.objects.filter(pk=match.pk, status=Status.PENDING).update(
        status=verdict, settled_by=actor, settled_at=now
    )
    match.refresh_from_db(fields=["status", "settled_by", "settled_at", "conversation"])
    if match.status == Status.CLOSED:
        raise Conflict(_("This match is closed: one of its two reports is resolved."), code="match_closed")
    if match.status != verdict:
        raise Conflict(_("This match has already been answered differently, and an answer is final."))
    return bool(settled)


def is_still_open(candidate: Candidate) -> bool:
    """The search ran outside of any transaction; reports may have been resolved or hidden, pets deleted since."""
    reports = {candidate.found.pk: candidate.found.side}
    if candidate.lost is not None:
        reports[candidate.lost.pk] = candidate.lost.side
    statuses = Report.objects.filter(shown_to_others(), pk__in=list(reports)).values_list("pk", "status")
    if dict(statuses) != reports:
        return False
    if candidate.found.reporter_id in blocks_of(candidate.owner_id).either:
        return False  # One of the two wants nothing to do with the other.
    if candidate.pet is None:
        return True
    return Pet.objects.filter(proven("owner"), pk=candidate.pet.pk, deleted_at=None).exists()


def _match_write(candidate: Candidate) -> PetMatch | None:
    known = known_matches([candidate])
    if known.exclude(status=Status.PENDING, is_question=True).exists():
        return None
    facts = {
        "lost_pet": candidate.pet,
        "lost_report": candidate.lost,
        "is_question": candidate.is_question,
        "notified_at": timezone.now(),
        **likeness_said(candidate),
    }
    match, created = PetMatch.objects.get_or_create(
        pair_key=candidate.pair_key,
        defaults={
            "found_report": candidate.found,
            "owner_id": candidate.owner_id,
            "finder_id": candidate.found.reporter_id,
            **facts,
        },
    )
    if not created:
        question = PetMatch.objects.filter(pk=match.pk, status=Status.PENDING, is_question=True)
        if candidate.is_question or not question.update(**facts):
            return None
        match.refresh_from_db()
    if match.is_question:
        _ask_owner(match)
    else:
        match.conversation = _conversation(match)
        match.save(update_fields=["conversation"])
        # Somebody whose lost animal matches is no longer asked about their other animals.
        others = PetMatch.objects.filter(owner_id=match.owner_id, found_report_id=match.found_report_id)
        others.filter(is_question=True, status=Status.PENDING).delete()
        _note(match, What.MATCHED)
        _tell_both(match, was_asked=not created)
    return match


@transaction.atomic
def matches_of_purged_pet_keep(*, pet: Pet) -> None:
    """Before a pet goes for good: what was answered about it stays with its lost report, if one is still open.

    A question about a pet that nobody reports lost has nothing left to be about, and goes with the pet.
    """
    questions = PetMatch.objects.filter(lost_pet=pet, lost_report=None)
    still_lost = Report.objects.filter(pet=pet, side=Report.Side.LOST, status=Report.Status.LOST)
    lost = still_lost.order_by("-reported_at", "-pk").first()
    if lost is None:
        questions.delete()
    else:
        questions.update(lost_report=lost)


def _conversation(match: PetMatch) -> Conversation:
    """The two people's conversation about the found report. Kept when there is one already."""
    if match.conversation is not None:
        return match.conversation
    found = match.found_report
    people = [match.owner_id, match.finder_id]
    # A block made since the match: the one who made it sees nothing of what the other one opens.
    hidden_from = blocks_of(match.owner_id).met & {match.finder_id}
    return conversation_open(report=found, user_ids=people, is_test=found.is_test, hidden_from=hidden_from)


def _ask_owner(match: PetMatch) -> None:
    named = lost_animal_name(match)
    name = named or YOUR_ANIMAL_WITHIN
    notification_create(
        recipient_id=match.owner_id,
        verb=Verb.MATCH_QUESTION,
        description=QUESTION % {"name": name},
        target_id=match.lost_pet.pk if match.lost_pet else None,
        target_name=name,
        link=QUESTIONS_PATH,
        dedupe_key=f"match:{match.pk}:question",
        mail=partial(mails.is_it_yours, name=named),
    )


def _tell_both(match: PetMatch, *, was_asked: bool) -> None:
    name, link = lost_animal_name(match), f"/chat/{match.conversation_id}"
    owners_name = name or YOUR_ANIMAL
    notification_create(
        recipient_id=match.owner_id,
        verb=Verb.AUTO_MATCH,
        description=OWN_MAY_BE_FOUND % {"name": owners_name},
        target_id=match.lost_pet.pk if match.lost_pet else None,
        target_name=name,
        link=link,
        dedupe_key=f"match:{match.pk}:owner",
        # Who was asked before has had a mail about this animal.
        mail=None if was_asked else partial(mails.may_have_been_found, name=name),
    )
    notification_create(
        recipient_id=match.finder_id,
        verb=Verb.AUTO_MATCH,
        description=FOUND_MAY_BE % {"name": name or SOMEBODYS},
        target_name=name,
        link=link,
        dedupe_key=f"match:{match.pk}:finder",
        mail=mails.owner_may_be_here,
    )
