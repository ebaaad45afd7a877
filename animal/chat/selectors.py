"""Reads of conversations, always for one actor: a conversation exists only for those who take part in it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Case, Count, F, OuterRef, Prefetch, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce

from accounts.actor import require_proven
from accounts.models import User
from accounts.selectors import proven
from animal.chat.models import Conversation, Message, MessageAttachment, MessageReceipt
from animal.core.errors import NotFound
from animal.core.paging import NEWEST_LIMIT
from animal.images.models import Image
from animal.pets.models import PetPhoto
from animal.reports.models import Report
from animal.reports.selectors import NAMELESS, live_pet

MESSAGES_AT_A_TIME = 200
LAST_WRITTEN_FIRST: tuple[str, ...] = ("-shown_last_at", "-created_at", "-pk")


# What a list shows of a conversation. Rows of its tables are wide, and a poll of 30 would load each of them whole.
_SHOWN = (
    "last_message_at",
    "last_message_preview",
    "created_at",
    "is_test",
    *(f"report__{name}" for name in ("side", "species", "suggested_species", "pet_name")),
    *(f"report__pet__{name}" for name in ("name", "deleted_at")),
    *(f"report__image__{name}" for name in ("master", "thumbnail")),
)


def conversations_of(actor: User) -> QuerySet[Conversation]:
    """Those that the actor takes part in; no order, no bound.

    None for an address that is not proven: anybody can sign up with the address of a guest to read the answers.
    """
    mine = Conversation.objects.filter(participants__user=actor, participants__is_hidden=False)
    return mine if actor.is_proven else mine.none()


def conversation_summaries(actor: User) -> QuerySet[Conversation]:
    """The actor's conversations with what their list shows, `unread_count` included; no order, no bound."""
    unread = MessageReceipt.objects.filter(conversation=OuterRef("pk"), user=actor, read_at=None)
    counted = unread.order_by().values("conversation").annotate(unread=Count("pk")).values("unread")
    photos = PetPhoto.objects.select_related("image").only("pet_id", "position", "image__master", "image__thumbnail")
    return (
        conversations_of(actor)
        .select_related("report__pet", "report__image")
        .only(*_SHOWN)
        .prefetch_related(Prefetch("report__pet__photos", photos))
        .annotate(
            unread_count=Coalesce(Subquery(counted), 0),
            # What the actor wrote last without the other side's seeing it: to the actor it is the last message.
            # These are the actor's own seat: an annotation goes along the join of the filter before it.
            withheld_at=F("participants__withheld_at"),
            withheld_preview=F("participants__withheld_preview"),
            shown_last_at=Case(
                When(last_message_at=None, then="participants__withheld_at"),
                When(participants__withheld_at__gt=F("last_message_at"), then="participants__withheld_at"),
                default="last_message_at",
            ),
        )
    )


def conversation_list(actor: User) -> list[Conversation]:
    """The newest 500, last written in first; those without a message come last, newest first."""
    return list(conversation_summaries(actor).order_by(*LAST_WRITTEN_FIRST)[:NEWEST_LIMIT])


def access_conversation(actor: User, conversation_id: UUID) -> Conversation:
    """Raises NotFound unless the actor takes part."""
    return _only(conversations_of(actor).filter(pk=conversation_id))


def access_conversation_summary(actor: User, conversation_id: UUID) -> Conversation:
    """As `access_conversation`, with what a list shows of it."""
    return _only(conversation_summaries(actor).filter(pk=conversation_id))


def _only(conversations: QuerySet[Conversation]) -> Conversation:
    conversation = next(iter(conversations), None)
    if conversation is None:
        raise NotFound("This conversation does not exist, or is not yours.")
    return conversation


def conversation_about(actor: User, report: Report) -> Conversation | None:
    """The conversation about this report that the actor takes part in, the last written in if there are several."""
    mine = conversation_summaries(actor).filter(report=report)
    return mine.order_by(*LAST_WRITTEN_FIRST).first()


def report_to_contact(actor: User | None, report_id: int) -> Report:
    """A report that the actor, or a guest, writes about; the services say until when.

    Raises AddressUnproven before anything is looked up, so that it tells nothing about the report; NotFound.
    """
    if actor is not None:
        require_proven(actor)
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
