"""Conversations as their list shows them. Web clients ask for the whole list all the time, so it is read as columns:
making an object of every row of four tables takes ten times as long as the database does.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import User
from animal.chat.models import Conversation, Message, MessageReceipt, Participant
from animal.chat.selectors import CONVERSATION_GONE, LAST_WRITTEN_FIRST, SHOWN_LAST_AT, subject
from animal.core.errors import NotFound
from animal.core.paging import NEWEST_LIMIT
from animal.images.files import StoredPicture
from animal.pets.models import PetPhoto

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationSummary:
    """`last_message_at` and its preview are of the last message that the actor sees; None and "" before the first."""

    id: UUID
    report_id: int
    subject: str
    picture: StoredPicture | None
    last_message_at: datetime | None
    last_message_preview: str
    unread_count: int
    created_at: datetime
    is_test: bool


def conversation_list(actor: User) -> list[ConversationSummary]:
    """The newest 500, last written in first; those without a message come last, newest first."""
    return summaries_of(_rows_of(actor)[:NEWEST_LIMIT])


def conversations_paged(actor: User, *, size: int) -> Paginator[Row]:
    """In the same order. Its pages hold what `summaries_of` takes."""
    return Paginator(_rows_of(actor), size)


def unread_count(actor: User) -> int:
    """Messages that wait for the actor; one count on an index, as every page shows it."""
    return MessageReceipt.objects.filter(user=actor, read_at=None).count() if actor.is_proven else 0


def names_met(actor: User, conversation_ids: Collection[UUID]) -> dict[UUID, str]:
    """By the name that the other side last wrote under: who is silent has told nobody who they are."""
    theirs = Message.objects.filter(conversation=OuterRef("pk"), is_withheld=False).exclude(sender=actor)
    last = Subquery(theirs.order_by("-created_at").values("sender_name")[:1])
    named = Conversation.objects.filter(pk__in=conversation_ids).annotate(met=last).values_list("pk", "met")
    return {pk: met for pk, met in named if met}


def access_conversation_summary(actor: User, conversation_id: UUID) -> ConversationSummary:
    """Raises NotFound unless the actor takes part."""
    summary = next(iter(summaries_of(_rows_of(actor).filter(conversation=conversation_id))), None)
    if summary is None:
        raise NotFound(CONVERSATION_GONE)
    return summary


def _rows_of(actor: User) -> QuerySet[Participant, Row]:
    """As `conversations_of`, by the actor's seats in them."""
    rows = _rows().filter(user=actor)
    return rows if actor.is_proven else rows.none()


@functools.cache
def _rows() -> QuerySet[Participant, Row]:
    """Everybody's, the last written in first. Put together once: that takes longer than the database's answer."""
    unread = MessageReceipt.objects.filter(conversation=OuterRef("conversation"), user=OuterRef("user"), read_at=None)
    counted = unread.order_by().values("conversation").annotate(unread=Count("pk")).values("unread")
    seats = Participant.objects.filter(is_hidden=False).order_by(*LAST_WRITTEN_FIRST)
    columns = seats.values(
        "conversation_id",
        "withheld_at",
        "withheld_preview",
        created_at=F("conversation__created_at"),
        is_test=F("conversation__is_test"),
        last_message_preview=F("conversation__last_message_preview"),
        report=F("conversation__report"),
        side=F("conversation__report__side"),
        species=F("conversation__report__species"),
        suggested_species=F("conversation__report__suggested_species"),
        report_pet_name=F("conversation__report__pet_name"),
        pet=F("conversation__report__pet"),
        pet_name=F("conversation__report__pet__name"),
        pet_deleted_at=F("conversation__report__pet__deleted_at"),
        image=F("conversation__report__image"),
        master=F("conversation__report__image__master"),
        thumbnail=F("conversation__report__image__thumbnail"),
        shown_last_at=SHOWN_LAST_AT,
        unread_count=Coalesce(Subquery(counted), 0),
    )
    return cast(QuerySet[Participant, Row], columns)


def summaries_of(rows: Iterable[Row]) -> list[ConversationSummary]:
    rows = list(rows)
    photos = _first_photos({row["pet"] for row in rows if _has_live_pet(row)})
    return [_summary(row, photos) for row in rows]


def _has_live_pet(row: Row) -> bool:
    """A deleted pet's row stays for a while, because it may come back."""
    return row["pet"] is not None and row["pet_deleted_at"] is None


def _first_photos(pet_ids: set[int]) -> dict[int, StoredPicture]:
    if not pet_ids:
        return {}
    photos = PetPhoto.objects.filter(pet__in=pet_ids).order_by("-position", "-pk")
    columns = photos.values_list("pet", "image", "image__master", "image__thumbnail")
    return {pet: StoredPicture(image, master, thumbnail) for pet, image, master, thumbnail in columns}


def _summary(row: Row, photos: dict[int, StoredPicture]) -> ConversationSummary:
    """Its picture is the first photo of the report's pet, else the report's own."""
    has_pet = _has_live_pet(row)
    own = StoredPicture(row["image"], row["master"], row["thumbnail"]) if row["image"] else None
    name = row["pet_name"] if has_pet else row["report_pet_name"]
    shows_withheld = row["withheld_at"] is not None and row["shown_last_at"] == row["withheld_at"]
    return ConversationSummary(
        id=row["conversation_id"],
        report_id=row["report"],
        subject=subject(name, row["side"], row["species"] or row["suggested_species"]),
        picture=photos.get(row["pet"], own) if has_pet else own,
        last_message_at=row["shown_last_at"],
        last_message_preview=row["withheld_preview"] if shows_withheld else row["last_message_preview"],
        unread_count=row["unread_count"],
        created_at=row["created_at"],
        is_test=row["is_test"],
    )
