"""Reads of conversations, always for one actor: a conversation exists only for those who take part in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db.models import Case, F, Max, Prefetch, Q, QuerySet, When
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from accounts.actor import require_proven
from accounts.models import User
from accounts.selectors import proven
from animal.chat.models import Conversation, Message, MessageAttachment, MessageReceipt, Participant
from animal.core.errors import NotFound
from animal.core.sentences import stand_in
from animal.reports.models import Report
from animal.reports.selectors import NAMELESS, live_pet

MESSAGES_AT_A_TIME = 200
CONVERSATION_GONE = gettext_lazy("This conversation does not exist, or is not yours.")
# What the owner of a seat saw last: a message that nobody else sees, because the other side blocks them, is one too.
SHOWN_LAST_AT = Case(
    When(conversation__last_message_at=None, then="withheld_at"),
    When(withheld_at__gt=F("conversation__last_message_at"), then="withheld_at"),
    default="conversation__last_message_at",
)
LAST_WRITTEN_FIRST = (SHOWN_LAST_AT.desc(), "-conversation__created_at", "-conversation_id")


def conversations_of(actor: User) -> QuerySet[Conversation]:
    """Those that the actor takes part in; no order, no bound.

    None for an address that is not proven: anybody can sign up with the address of a guest to read the answers.
    """
    mine = Conversation.objects.filter(participants__user=actor, participants__is_hidden=False)
    return mine if actor.is_proven else mine.none()


def access_conversation(actor: User, conversation_id: UUID) -> Conversation:
    """Raises NotFound unless the actor takes part."""
    conversation = next(iter(conversations_of(actor).filter(pk=conversation_id)), None)
    if conversation is None:
        raise NotFound(CONVERSATION_GONE)
    return conversation


def conversation_about(actor: User, report: Report) -> Conversation | None:
    """The conversation about this report that the actor takes part in, the last written in if there are several."""
    seats = Participant.objects.filter(conversation__in=conversations_of(actor).filter(report=report), user=actor)
    seat = seats.select_related("conversation").order_by(*LAST_WRITTEN_FIRST).first()
    return seat.conversation if seat else None


def report_to_contact(actor: User | None, report_id: int) -> Report:
    """A report that the actor, or a guest, writes about; the services say until when.

    Raises AddressUnproven before anything is looked up, so that it tells nothing about the report; NotFound.
    """
    if actor is not None:
        require_proven(actor)
    report = Report.objects.select_related("pet", "reporter").filter(proven("reporter"), pk=report_id).first()
    if report is None:
        raise NotFound(_("This report is closed, or does not exist."))
    return report


def messages_visible(actor: User, conversation: Conversation) -> QuerySet[Message]:
    """All but those that somebody wrote while the other side blocked them: those only their writer sees."""
    return Message.objects.filter(Q(is_withheld=False) | Q(sender=actor), conversation=conversation)


def newest_at(actor: User, conversation: Conversation) -> datetime | None:
    """When the last message that the actor sees was written."""
    newest: datetime | None = messages_visible(actor, conversation).aggregate(newest=Max("created_at"))["newest"]
    return newest


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


# What stands for a name that nobody knows.
SUBJECTS = {"lost": stand_in("Lost %(species_word)s"), "found": stand_in("Found %(species_word)s")}
gettext_noop("animal")


# conversation -> the name by which people of it call the animal, or "".
SubjectRule = Callable[[Conversation], str]
_subject_rules: list[SubjectRule] = []


def subject_rule_add(rule: SubjectRule) -> None:
    """Let an app above this one say which animal a conversation is about. Call it in AppConfig.ready()."""
    if rule not in _subject_rules:
        _subject_rules.append(rule)


def conversation_subject(conversation: Conversation, *, reader_id: int) -> str:
    """What its page, the news of it and mails call it for this reader: the lost animal's name where a match opened it,
    else one's own pet, whose tag was scanned, else what everybody sees."""
    for rule in _subject_rules:
        if name := rule(conversation):
            return name
    pet = conversation.report.tag_pet
    if pet is not None and pet.owner_id == reader_id and pet.deleted_at is None:
        return pet.name
    return report_subject(conversation.report)


def report_subject(report: Report) -> str:
    """What a conversation about this report is called."""
    pet = live_pet(report)
    return subject(pet.name if pet else report.pet_name, report.side, report.species or report.suggested_species)


def subject(name: str, side: str, species: str) -> str:
    """The animal's name, else such as "Found cat"."""
    name = " ".join(name.split())
    if name.casefold() not in NAMELESS:
        return name
    return SUBJECTS[side] % {"species_word": species or "animal"}
