"""Rows for lists to show, as wide as they come: every relation that a list shows is there, in every row another one."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Session, User
from animal.alerts.models import AlertSubscription, Notification, PushDevice
from animal.chat.models import Conversation, Message, MessageAttachment, MessageReceipt, Participant
from animal.images.models import EditedPetImage, Image
from animal.matching.models import PetMatch
from animal.moderation.models import AbuseReport, Block
from animal.pets.models import Pet, PetPhoto
from animal.reports.models import Report

_numbers = itertools.count(1)


def number() -> int:
    return next(_numbers)


def person() -> User:
    n = number()
    return User.objects.create(
        username=f"Row {n}", email=f"row{n}@example.org", password="!", email_verified_at=timezone.now()
    )


def image(uploader: User, **fields: Any) -> Image:
    n = number()
    names = {size: f"photos/00/{n:032x}-{size}.jpg" for size in ("master", "rendition", "thumbnail")}
    facts = {"sha256": f"{n:064x}", "original_format": "JPEG", "original_bytes": 1, "width": 1, "height": 1}
    return Image.objects.create(uploader=uploader, source="pet", **names, **facts, **fields)


def pet(owner: User, **fields: Any) -> Pet:
    made = Pet.objects.create(owner=owner, name="Milo", type="Cats", category="Domestic", breed="Any", **fields)
    for position in range(2):
        PetPhoto.objects.create(pet=made, image=image(owner), position=position)
    return made


def report(reporter: User, side: str = "lost", *, of_pet: bool = True, has_photo: bool = True) -> Report:
    return Report.objects.create(
        reporter=reporter,
        side=side,
        status=side,
        pet=pet(reporter) if of_pet else None,
        image=image(reporter) if has_photo else None,
        latitude=48.1,
        longitude=11.5,
        public_latitude=48.1,
        public_longitude=11.5,
        cell_r4=0,
        cell_r5=0,
        cell_r6=0,
        cell_r7=0,
    )


def public_report(reporter: User, side: str = "lost") -> Report:
    """One that everybody may see: nobody keeps its pet private."""
    made = report(reporter, side)
    Pet.objects.filter(pk=made.pet_id).update(is_public=True)
    return made


def conversation(me: User, other: User, about: Report | None = None) -> Conversation:
    about = about or report(other, has_photo=False)
    made = Conversation.objects.create(report=about, pair_key=f"row:{number()}")
    Participant.objects.bulk_create([Participant(conversation=made, user=user) for user in (me, other)])
    return made


def message(talk: Conversation, sender: User, reader: User) -> Message:
    """Unread, with a photo."""
    created_at = timezone.now() + timedelta(microseconds=number())
    made = Message.objects.create(conversation=talk, sender=sender, sender_name="Row", body="Hi", created_at=created_at)
    MessageAttachment.objects.create(message=made, image=image(sender))
    MessageReceipt.objects.create(message=made, conversation=talk, user=reader)
    Conversation.objects.filter(pk=talk.pk).update(last_message_at=created_at, last_message_preview="Hi")
    return made


def match(owner: User, finder: User) -> PetMatch:
    lost, found = report(owner), report(finder, "found", of_pet=False)
    talk = conversation(owner, finder, found)
    message(talk, finder, owner)
    return PetMatch.objects.create(
        pair_key=f"row:{number()}",
        lost_pet=lost.pet,
        lost_report=lost,
        found_report=found,
        owner=owner,
        finder=finder,
        similarity=0.9,
        cosine=0.8,
        reasons=["They look alike."],
        conversation=talk,
    )


def notification(recipient: User) -> None:
    Notification.objects.create(recipient=recipient, verb="message", dedupe_key=f"row:{number()}")


def area(user: User) -> None:
    AlertSubscription.objects.create(user=user, center_lat=48, center_lon=11, band_resolution=6, center_cell=0)


def browser(user: User) -> None:
    PushDevice.objects.create(user=user, endpoint_digest=number(), sign_in_epoch=user.sign_in_epoch)


def edited(owner: User) -> None:
    EditedPetImage.objects.create(owner=owner, edited_image=f"edited/{number()}.png")


def complaint(reporter: User) -> None:
    AbuseReport.objects.create(key=f"row:{number()}", reporter=reporter, kind="user", object_id="1", reason="spam")


def block(blocker: User) -> None:
    Block.objects.create(blocker=blocker, blocked=person())


def session(user: User) -> None:
    now = timezone.now()
    later = now + timedelta(days=1)
    Session.objects.create(user=user, current_digest="x", rotated_at=now, last_seen_at=now, expires_at=later)
