"""Found by its tag: somebody who holds the tag, with or without an account, tells the pet's owner where it is.

The report is kept with the pet's tag and told to its owner at once, with the exact place. A finder without an account
gets a signed link, by which they read the owner's answer and go on talking; who gave an address is also written to
when the owner answers, as every guest is. Nobody else sees the report of a person who has not proved an address.
"""

from __future__ import annotations

import re
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from accounts.models import User
from animal.alerts import mails
from animal.alerts.models import Notification
from animal.alerts.services import notification_create
from animal.chat.models import Conversation, Message, MessageReceipt, Participant
from animal.chat.selectors import CONVERSATION_GONE
from animal.chat.services import conversation_open, message_checked, message_write, require_unblocked
from animal.core.errors import InvalidInput, NotFound
from animal.core.sentences import sentence
from animal.images.models import Image
from animal.images.services import images_stored
from animal.pets.models import Pet
from animal.reports.models import Report
from animal.reports.selectors import report_photos
from animal.reports.services import ReportData, report_file

SALT = "animal.chat.follow-up"
FOLLOW_UP_LIFETIME = timedelta(days=60)
# Reserved for what can be nobody's (RFC 2606): mail to it goes nowhere, and none is sent, as it is never proven.
SCANNED_AND_TOLD = sentence("Somebody scanned the tag of %(name)s and tells you where %(name)s is.")
PLACE = sentence("Place: %(place)s", in_messages="closing")
POINT_BELOW = re.compile(r"\n\nPlace: (-?\d{1,2}\.\d{6}), (-?\d{1,3}\.\d{6})\Z")
NOBODYS_DOMAIN = "guests.invalid"
LINK_GONE = gettext_lazy("This link does not work any more.")
# How the key of a conversation with a finder without an account begins.
TAG_KEY = "tag:"
OPEN: dict[str, Any] = {"follow_up_ended_at": None, "is_guest_shut_out": False}


@dataclass(frozen=True, kw_only=True)
class TagFinding:
    """What a finder says. Latitude and longitude in degrees, the true place, which the owner alone is shown; a finder
    who does not know them, or whose phone does not say, gives the place in words alone."""

    message: str
    latitude: float | None = None
    longitude: float | None = None
    place: str = ""
    contact_name: str = ""
    contact_email: str = ""


@dataclass(frozen=True)
class TagReport:
    report: Report
    conversation: Conversation
    # "" for a finder with an account, who finds the conversation among their own.
    follow_up: str


def tag_report_file(
    *,
    pet: Pet,
    finder: User | None,
    finding: TagFinding,
    uploads: Sequence[UploadedFile[Any]] = (),
    kept: Sequence[Image] = (),
) -> TagReport:
    """File a found report by the pet's tag and tell its owner, in one transaction.

    `kept` are photos of a form that was refused before. Raises InvalidInput for one's own pet and for what cannot be
    said or shown, Conflict when the finder blocks the owner; then nothing stays.
    """
    if finder is not None and finder.pk == pet.owner_id:
        raise InvalidInput(_("This is your own pet."), code="own")
    if finder is not None:
        require_unblocked(finder, [pet.owner_id])
    body = message_checked("\n\n".join([finding.message.strip(), *_place(finding)]), has_photos=False)
    # What has no point is on no map and in no list, so it is nobody's report; the conversation is the finder's.
    reporter = finder if finder is not None and finding.latitude is not None else _nobody(pet)
    opened: list[Conversation] = []

    def tell(report: Report) -> None:
        opened.append(_conversation(report, pet, finder, finding))
        # The two talk about these photos, so all of them stand in what the finder says as well as on the report: a
        # finder without an account sees them nowhere else.
        said = message_write(opened[0], sender=finder, body=body, images=report_photos(report), announce=False)
        _tell_owner(report, pet, said)

    try:
        report = report_file(
            actor=reporter, data=_data(pet, finding), more_uploads=uploads, kept=kept, tag_pet=pet, then=tell
        )
    except BaseException:
        if reporter != finder:
            reporter.delete()
        raise
    return TagReport(report, opened[0], "" if finder is not None else follow_up_token(opened[0]))


def tag_report_of(report: Report, *, finder: User | None) -> TagReport:
    """What `tag_report_file` returned when the report was filed."""
    conversation = Conversation.objects.filter(report=report).earliest("created_at")
    return TagReport(report, conversation, "" if finder is not None else follow_up_token(conversation))


def _place(finding: TagFinding) -> list[str]:
    words = finding.place.strip()
    if finding.latitude is None:
        return [PLACE % {"place": words}]
    return [*([words] if words else []), PLACE % {"place": f"{finding.latitude:.6f}, {finding.longitude:.6f}"}]


def place_told(body: str) -> tuple[str, tuple[float, float] | None]:
    """What a message says, without the point that `tag_report_file` wrote below it; and that point, if there is one."""
    said = POINT_BELOW.search(body)
    if said is None:
        return body, None
    latitude, longitude = (float(degrees) for degrees in said.groups())
    is_on_earth = abs(latitude) <= 90 and abs(longitude) <= 180  # Somebody may have typed such a line.
    return (body[: said.start()], (latitude, longitude)) if is_on_earth else (body, None)


def _data(pet: Pet, finding: TagFinding) -> ReportData:
    """Not with the pet's name: the report of a finder with an account is on the map, and the pet may be private."""
    return ReportData(
        status=Report.Side.FOUND,
        animal_name="N/A",
        type=pet.type,
        breed=pet.breed,
        category=pet.category,
        latitude=finding.latitude,
        longitude=finding.longitude,
        description="",
    )


def _nobody(pet: Pet) -> User:
    """Whose report it is when its finder has no account: an account that nobody can sign in to."""
    number = secrets.token_hex(8)
    return User.objects.create_user(
        username=f"Finder {number}", email=f"{number}@{NOBODYS_DOMAIN}", is_test=pet.is_test
    )


def _conversation(report: Report, pet: Pet, finder: User | None, finding: TagFinding) -> Conversation:
    if finder is not None:
        hidden_from = require_unblocked(finder, [pet.owner_id]).met & {pet.owner_id}
        people = [finder.pk, pet.owner_id]
        return conversation_open(report=report, user_ids=people, is_test=pet.is_test, hidden_from=hidden_from)
    conversation = Conversation.objects.create(
        report=report,
        pair_key=f"{TAG_KEY}{report.pk}:{uuid.uuid4().hex}",
        guest_name=finding.contact_name,
        guest_email=finding.contact_email,
        guest_language=get_language() or "",
        is_test=pet.is_test,
    )
    # Seen by the owner as soon as the message is delivered, which follows; see blocks.
    Participant.objects.create(conversation=conversation, user_id=pet.owner_id, is_hidden=True)
    return conversation


def _tell_owner(report: Report, pet: Pet, message: Message) -> None:
    if message.is_withheld:
        return  # The owner blocks this finder.
    notification_create(
        recipient_id=pet.owner_id,
        verb=Notification.Verb.TAG_SCANNED,
        description=SCANNED_AND_TOLD % {"name": pet.name},
        dedupe_key=f"tag:{report.pk}",
        target_id=pet.pk,
        target_name=pet.name,
        link=f"/chat/{message.conversation_id}",
        mail=partial(mails.tag_scanned, name=pet.name),
    )


# --- the finder without an account, later -----------------------------------------------------------------------------


def follow_up_token(conversation: Conversation) -> str:
    """Signed with SECRET_KEY, good for FOLLOW_UP_LIFETIME, and only for this conversation's guest."""
    return signing.dumps(conversation.pk.hex, salt=SALT)


def follow_up_id(token: str) -> UUID | None:
    """Of the conversation that the token was made for; None for a forged or an old one. Asks no database."""
    try:
        return UUID(signing.loads(token, salt=SALT, max_age=FOLLOW_UP_LIFETIME))
    except (signing.BadSignature, ValueError, TypeError):
        return None


def access_follow_up(token: str) -> Conversation:
    """The conversation whose guest holds this token. Raises NotFound, the same for every reason."""
    return _linked(token, **OPEN)


def access_follow_up_to_end(token: str) -> Conversation:
    """The same, also where either side has ended it before: ending it is safe to repeat. Raises NotFound."""
    return _linked(token)


def _linked(token: str, **states: Any) -> Conversation:
    conversation_id = follow_up_id(token)
    links = Conversation.objects.filter(pair_key__startswith=TAG_KEY, **states).select_related("report__tag_pet")
    conversation = links.filter(pk=conversation_id).first() if conversation_id else None
    if conversation is None:
        raise NotFound(LINK_GONE)
    return conversation


def follow_up_messages(conversation: Conversation) -> list[Message]:
    """The newest 200, oldest first. The guest's own are those without a sender."""
    messages = conversation.messages.filter(is_withheld=False) | conversation.messages.filter(sender=None)
    newest = messages.distinct().order_by("-created_at").prefetch_related("attachments__image")[:200]
    return list(newest)[::-1]


def follow_up_newest_at(conversation: Conversation) -> datetime | None:
    """When the last of those was written."""
    shown = Q(is_withheld=False) | Q(sender=None)
    newest: datetime | None = conversation.messages.filter(shown).aggregate(newest=Max("created_at"))["newest"]
    return newest


def is_guests(message: Message) -> bool:
    """Whether the holder of the link wrote it, as a guest or, after signing in by a mailed link, under a name."""
    pet = message.conversation.report.tag_pet
    return pet is None or message.sender_id != pet.owner_id


def follow_up_write(*, conversation: Conversation, body: str, uploads: Sequence[UploadedFile[Any]] = ()) -> Message:
    """Write to the owner. Raises InvalidInput for what cannot be said or shown, NotFound when the link has ended."""
    body = message_checked(body, has_photos=bool(uploads))
    with images_stored(uploads=uploads, uploader=None, source=Image.Source.CHAT) as images, transaction.atomic():
        _hold_open(conversation)
        return message_write(conversation, sender=None, body=body, images=images)


def _hold_open(conversation: Conversation) -> None:
    """Until the caller's transaction ends nobody ends the link. Raises NotFound when somebody has."""
    alive = Conversation.objects.select_for_update().filter(pk=conversation.pk, **OPEN)
    if alive.first() is None:
        raise NotFound(LINK_GONE)


def follow_up_end(*, conversation: Conversation) -> None:
    """The finder wants the link to open nothing any more, for whoever has it. Nobody takes that back."""
    Conversation.objects.filter(pk=conversation.pk, follow_up_ended_at=None).update(follow_up_ended_at=timezone.now())


def has_guest_to_shut_out(actor: User, conversation: Conversation) -> bool:
    """Whether this is the pet's owner, in talk with a finder who came without an account."""
    pet = conversation.report.tag_pet
    return conversation.pair_key.startswith(TAG_KEY) and pet is not None and pet.owner_id == actor.pk


@transaction.atomic
def guest_shut_out(*, actor: User, conversation: Conversation) -> None:
    """End the finder's link, and their other ways in: by mail, and by the account that their address got.

    The finder is not told. Raises NotFound unless the actor is the owner of the animal that was found by its tag.
    """
    _require_guest(actor, conversation)
    Conversation.objects.filter(pk=conversation.pk).update(is_guest_shut_out=True)
    conversation.participants.exclude(user=actor).delete()
    MessageReceipt.objects.filter(conversation=conversation, read_at=None).exclude(user=actor).delete()


@transaction.atomic
def guest_let_in(*, actor: User, conversation: Conversation) -> None:
    """Take that back. A link that the finder had ended before stays ended. Raises NotFound as above."""
    _require_guest(actor, conversation)
    Conversation.objects.filter(pk=conversation.pk).update(is_guest_shut_out=False)


def _require_guest(actor: User, conversation: Conversation) -> None:
    if not has_guest_to_shut_out(actor, conversation):
        raise NotFound(CONVERSATION_GONE)
