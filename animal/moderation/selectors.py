"""Reads of moderation, and what somebody may report or whom they may block: only what they can see."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.selectors import proven
from animal.chat.models import Message, MessageAttachment, Participant
from animal.chat.selectors import access_conversation, conversations_of, messages_visible
from animal.core.blocks import Blocks
from animal.core.errors import InvalidInput, NotFound
from animal.images.models import Image
from animal.matching.selectors import matches_of
from animal.moderation.models import AbuseReport, Block, Kind
from animal.pets.models import Pet
from animal.reports.selectors import access_report, is_mine

LARGEST_ID = 2**63 - 1
NOT_THERE = gettext_lazy("There is nothing here that you could report.")
OWN = gettext_lazy("This is your own. You can change or delete it yourself.")


def blocks_by_and_of(user_id: int) -> Blocks:
    """For `animal.core.blocks`: one query, for the apps below."""
    rows = Block.objects.filter(Q(blocker_id=user_id) | Q(blocked_id=user_id)).values_list("blocker_id", "blocked_id")
    pairs = list(rows)
    return Blocks(
        made=frozenset(blocked for blocker, blocked in pairs if blocker == user_id),
        met=frozenset(blocker for blocker, blocked in pairs if blocked == user_id),
    )


def my_blocks(actor: User) -> QuerySet[Block]:
    return Block.objects.filter(blocker=actor)


def my_abuse_reports(actor: User) -> QuerySet[AbuseReport]:
    return AbuseReport.objects.filter(reporter=actor)


def reported_photos(complaint: AbuseReport) -> list[Image]:
    """Those of the message that this complaint is about."""
    if complaint.kind != Kind.MESSAGE:
        return []
    attachments = MessageAttachment.objects.filter(message_id=complaint.object_id).order_by("pk")
    return [attachment.image for attachment in attachments.select_related("image")]


def access_person_met(actor: User, user_id: int) -> User:
    """Somebody whom the actor met in a conversation, or has blocked. Raises NotFound, InvalidInput for oneself.

    Whoever wrote as a guest is met once they write with their account: that the address has one is not told before.
    """
    if user_id == actor.pk:
        raise InvalidInput(_("This is you."), code="oneself")
    blocked = Block.objects.filter(blocker=actor, blocked=OuterRef("pk"))
    beside = Participant.objects.filter(user=OuterRef("pk"), conversation__in=conversations_of(actor))
    met = Exists(beside.filter(conversation__guest_email=""))
    wrote = Exists(messages_written_to(actor).filter(sender=OuterRef("pk")))
    known = User.objects.filter(met | wrote | Exists(blocked))
    person = known.filter(pk=user_id).first() if user_id <= LARGEST_ID else None
    if person is None:
        raise NotFound(_("You have not met this person here."))
    return person


def name_written_under(actor: User, user_id: int) -> str:
    """The one that this person last used towards the actor, who is to learn no other; "" before they wrote."""
    names = (
        messages_written_to(actor).filter(sender=user_id).order_by("-created_at").values_list("sender_name", flat=True)
    )
    return names.first() or ""


def messages_written_to(actor: User) -> QuerySet[Message]:
    """What others wrote that the actor can read, and the actor's own."""
    return Message.objects.filter(is_withheld=False, conversation__in=conversations_of(actor))


def require_reportable(actor: User, kind: str, object_id: str) -> str:
    """The id in its one spelling. Raises NotFound for what the actor cannot see, InvalidInput for the actor's own."""
    try:
        if kind == Kind.MESSAGE:
            return str(_message(actor, UUID(object_id)).pk)
        number = int(object_id) if object_id.isascii() and object_id.isdigit() else 0
        if not 0 < number <= LARGEST_ID:
            raise NotFound(NOT_THERE)
        if kind == Kind.REPORT:
            _report(actor, number)
        elif kind == Kind.PET:
            _pet(actor, number)
        else:
            access_person_met(actor, number)
    except (NotFound, ValueError):
        raise NotFound(NOT_THERE) from None
    return str(number)


def _report(actor: User, report_id: int) -> None:
    if is_mine(actor, access_report(actor, report_id)):
        raise InvalidInput(OWN, code="own")


def _pet(actor: User, pet_id: int) -> None:
    """Pets that are public, missing, or one side of a match with the actor."""
    shown = Q(is_public=True) | Q(is_lost=True) | Q(pk__in=matches_of(actor).values("lost_pet"))
    others = Pet.objects.filter(shown, proven("owner")) | Pet.objects.filter(owner=actor)
    pet = others.filter(pk=pet_id, deleted_at=None).first()
    if pet is None:
        raise NotFound(NOT_THERE)
    if pet.owner_id == actor.pk:
        raise InvalidInput(OWN, code="own")


def _message(actor: User, message_id: UUID) -> Message:
    found = Message.objects.filter(pk=message_id).select_related("conversation").first()
    if found is None:
        raise NotFound(NOT_THERE)
    conversation = access_conversation(actor, found.conversation.pk)
    message = messages_visible(actor, conversation).filter(pk=message_id).first()
    if message is None:
        raise NotFound(NOT_THERE)
    if message.sender_id == actor.pk:
        raise InvalidInput(OWN, code="own")
    return message
