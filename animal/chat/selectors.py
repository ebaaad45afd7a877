"""Reads of conversations, always for one actor: a conversation exists only for those who take part in it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Case, Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce

from accounts.models import User
from accounts.selectors import proven
from animal.chat.models import Conversation, Message, MessageAttachment, MessageReceipt, Participant
from animal.core.errors import NotFound
from animal.core.paging import NEWEST_LIMIT
from animal.images.models import Image
from animal.pets.models import PetPhoto
from animal.reports.models import Report
from animal.reports.selectors import NAMELESS, live_pet

MESSAGES_AT_A_TIME = 200
LAST_WRITTEN_FIRST: tuple[str, ...] = ("-shown_last_at", "-created_at", "-pk")


def conversations_of(actor: User) -> QuerySet[Conversation]:
    """The actor's conversations with what their list shows, `unread_count` included; no order, no bound.

    None for an address that is not proven: anybody can sign up with the address of a guest to read the answers.
    """
    unread = MessageReceipt.objects.filter(conversation=OuterRef("pk"), user=actor, read_at=None)
    seat = Participant.objects.filter(conversation=OuterRef("pk"), user=actor)
    counted = unread.order_by().values("conversation").annotate(unread=Count("pk")).values("unread")
    mine = (
        Conversation.objects.filter(Exists(seat.filter(is_hidden=False)))
        .select_related("report__pet", "report__image")
        .prefetch_related(Prefetch("report__pet__photos", PetPhoto.objects.select_related("image")))
        .annotate(
            unread_count=Coalesce(Subquery(counted), 0),
            # What the actor wrote last without the other side's seeing it: to the actor it is the last message.
            withheld_at=Subquery(seat.values("withheld_at")[:1]),
            withheld_preview=Subquery(seat.values("withheld_preview")[:1]),
        )
        .annotate(
            shown_last_at=Case(
                When(last_message_at=None, then="withheld_at"),
                When(withheld_at__gt=F("last_message_at"), then="withheld_at"),
                default="last_message_at",
            )
        )
    )
    return mine if actor.is_proven else mine.none()


def conversation_list(actor: User) -> list[Conversation]:
    """The newest 500, last written in first; those without a message come last, newest first."""
    return list(conversations_of(actor).order_by(*LAST_WRITTEN_FIRST)[:NEWEST_LIMIT])


def access_conversation(actor: User, conversation_id: UUID) -> Conversation:
    """Raises NotFound unless the actor takes part."""
    conversation = conversations_of(actor).filter(pk=conversation_id).first()
    if conversation is None:
        raise NotFound("This conversation does not exist, or is not yours.")
    return conversation


def conversation_about(actor: User, report: Report) -> Conversation | None:
    """The conversation about this report that the actor takes part in, the last written in if there are several."""
    mine = conversations_of(actor).filter(report=report)
    return mine.order_by(*LAST_WRITTEN_FIRST).first()


def report_to_contact(report_id: int) -> Report:
    """Raises NotFound. Every report may be written about; the services say until when."""
    report = Report.objects.select_related("pet", "reporter").filter(proven("reporter"), pk=report_id).first()
    if report is None:
        raise NotFound("This report is closed, or does not exist.")
    return report


def messages_visible(actor: User, conversation: Conversation) -> QuerySet[Message]:
    """All but those that somebody wrote while the other side blocked them: those only their writer sees."""
    return Message.objects.filter(Q(is_withheld=False) | Q(sender=actor), conversation=conversation)


def messages_for(actor: User, conversation: Conversation, *, after: datetime | None) -> list[Message]:
    """At most 200 messages, oldest first: the newest ones, or with a cursor what the actor has not received yet.

    The web client moves its cursor to its own message as soon as that is sent, past messages of others that it has
    not fetched; so the unread ones are delivered whatever the cursor says.
    """
    messages = (
        messages_visible(actor, conversation)
        .prefetch_related(
            Prefetch("attachments", MessageAttachment.objects.select_related("image").order_by("pk")), "receipts"
        )
        .order_by("created_at")
    )
    if after is None:
        return list(messages.reverse()[:MESSAGES_AT_A_TIME])[::-1]
    unread = MessageReceipt.objects.filter(user=actor, conversation=conversation, read_at=None)
    missed = Q(created_at__gt=after) | Q(pk__in=unread.values("message_id"))
    return list(messages.filter(missed)[:MESSAGES_AT_A_TIME])


def message_read_at(message: Message, viewer: User) -> datetime | None:
    """When the viewer read it; for the viewer's own message, when somebody else first did."""
    receipts = message.receipts.all()
    if message.sender_id != viewer.pk:
        return next((receipt.read_at for receipt in receipts if receipt.user_id == viewer.pk), None)
    return min((receipt.read_at for receipt in receipts if receipt.read_at), default=None)


def report_subject(report: Report) -> str:
    """What a conversation about this report is called: the animal's name, else such as "Found cat"."""
    pet = live_pet(report)
    name = " ".join((pet.name if pet else report.pet_name).split())
    if name.casefold() not in NAMELESS:
        return name
    return f"{report.side.capitalize()} {report.species or report.suggested_species or 'animal'}"


def report_picture(report: Report) -> Image | None:
    """The first photo of the report's pet, else the report's own."""
    pet = live_pet(report)
    photo = next(iter(pet.photos.all()), None) if pet else None
    return photo.image if photo else report.image
