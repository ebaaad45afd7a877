"""Writes of conversations: opening them, sending messages, remembering what was read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.db.models import Count, Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actor import require_proven
from accounts.models import User
from animal.alerts import mails
from animal.alerts.models import Notification
from animal.alerts.services import notification_create, notification_mail, notifications_mark_read_of
from animal.chat.guests import (
    GUEST_SENDER_NAME,
    guest_admit,
    guest_conversation_open,
    guest_mail,
    is_guest,
    is_reachable,
)
from animal.chat.models import Conversation, Message, MessageAttachment, MessageReceipt, Participant
from animal.chat.selectors import conversation_about, conversation_subject
from animal.core.blocks import Blocks, blocks_of
from animal.core.errors import Conflict, InvalidInput, NotFound
from animal.core.idempotency import created
from animal.core.sentences import sentence
from animal.core.tasks import task_enqueue
from animal.core.text import UNPRINTABLE, is_unprintable, mailbox_key
from animal.images.models import Image
from animal.images.services import images_stored
from animal.reports.models import Report

MAX_BODY = 4000
MAX_ATTACHMENTS = 6  # Of what is sent with a message. What is on a report already, of which it tells, may be more.
PREVIEW_LENGTH = 120
PHOTO_PREVIEW = sentence("📷 Photo", in_messages="whole")
NEW_MESSAGE = sentence("You have a new message about %(subject)s.")
WRITE_ATTEMPTS = 3
MAIL_TASK = "animal.chat.tasks.mail_unread"
MAIL_EVERY = timedelta(minutes=15)
REPORT_GONE = gettext_lazy("This report is closed, or does not exist.")


@transaction.atomic
def conversation_open(
    *, report: Report, user_ids: Iterable[int], is_test: bool, hidden_from: Collection[int] = ()
) -> Conversation:
    """The conversation about this report between exactly these people; made when there is none yet.

    Those in `hidden_from` block the one who opens it: they see nothing of a new one until something is delivered.
    """
    members = sorted(set(user_ids))
    pair_key = f"report:{report.pk}:users:{'-'.join(map(str, members))}"
    existing = Conversation.objects.filter(pair_key=pair_key).first() or _between(report, members)
    if existing is not None:
        if not hidden_from:
            existing.participants.filter(is_hidden=True).update(is_hidden=False)
        return existing
    conversation, created = Conversation.objects.get_or_create(
        pair_key=pair_key, defaults={"report": report, "is_test": is_test}
    )
    if created:
        seats = [Participant(conversation=conversation, user_id=pk, is_hidden=pk in hidden_from) for pk in members]
        Participant.objects.bulk_create(seats)
    return conversation


def _between(report: Report, members: Sequence[int]) -> Conversation | None:
    """A guest's conversation keeps its own key after the guest got an account: it is found by who takes part."""
    present = Count("participants", filter=Q(participants__user__in=members))
    candidates = Conversation.objects.filter(report=report).annotate(everybody=Count("participants"), present=present)
    return candidates.filter(everybody=len(members), present=len(members)).order_by("created_at").first()


def conversation_start(*, actor: User, report: Report) -> Conversation:
    """The actor's conversation about this report, else a new one with its reporter.

    Raises InvalidInput for one's own report, NotFound for one that is resolved, Conflict when the actor blocks its
    reporter. When the reporter blocks the actor, the answer is as always and the reporter sees nothing.
    """
    existing = conversation_about(actor, report)
    if existing is not None:
        return existing
    require_proven(actor)
    _require_contactable(report, sender=actor)
    blocks = require_unblocked(actor, [report.reporter_id])
    return conversation_open(
        report=report,
        user_ids=[actor.pk, report.reporter_id],
        is_test=report.is_test,
        hidden_from=blocks.met & {report.reporter_id},
    )


def require_unblocked(actor: User, others: Iterable[int]) -> Blocks:
    """The actor's blocks. Raises Conflict when the actor blocks one of the others."""
    blocks = blocks_of(actor.pk)
    if blocks.made.intersection(others):
        raise Conflict(_("You have blocked this person. To write to them, unblock them first."), code="blocked")
    return blocks


def _require_contactable(report: Report, *, sender: User | None) -> None:
    if sender is not None and report.reporter_id == sender.pk:
        raise InvalidInput(_("This is your own report. People who recognise the animal will write to you."))
    if not report.is_open:
        raise NotFound(REPORT_GONE)


@dataclass(frozen=True, kw_only=True)
class GuestContact:
    """How somebody without an account can be reached. Kept by us, never shown to the other side."""

    name: str
    email: str


def owner_contact(
    *,
    report: Report,
    sender: User | GuestContact,
    body: str,
    uploads: Sequence[UploadedFile] = (),
    photos: Sequence[Image] = (),
) -> Message:
    """Write to the person who filed a report. A signed-in sender's conversation about it is reused. `photos` of the
    sender's own are there already, and are shown with the message.

    Raises InvalidInput for one's own report, an empty message or a file that is no picture, NotFound for a resolved
    report; nothing is stored then.
    """
    user = sender if isinstance(sender, User) else None
    if user is not None:
        require_proven(user)
    _require_contactable(report, sender=user)
    body = message_checked(body, has_photos=bool(uploads or photos))
    with images_stored(uploads=uploads, uploader=user, source=Image.Source.CHAT) as images, transaction.atomic():
        if isinstance(sender, User):
            conversation = conversation_start(actor=sender, report=report)
        else:
            conversation = guest_conversation_open(report=report, name=sender.name, email=sender.email)
        shown = [*images, *photos][:MAX_ATTACHMENTS]
        return message_write(conversation, sender=user, body=body, images=shown)


def message_send(
    *,
    actor: User,
    conversation: Conversation,
    body: str,
    uploads: Sequence[UploadedFile] = (),
    mail_digest: str | None = None,
) -> Message:
    """Write a message with up to six photos; every other participant is told once per streak of unread messages.

    `mail_digest` names the mail that it came by, which is taken once. Raises InvalidInput for an empty or too long
    message or a file that is no picture, Conflict when the actor blocks somebody here; nothing is stored then.
    """
    require_proven(actor)
    body = message_checked(body, has_photos=bool(uploads))
    require_unblocked(actor, _others(conversation, actor))
    with images_stored(uploads=uploads[:MAX_ATTACHMENTS], uploader=actor, source=Image.Source.CHAT) as images:
        return message_write(conversation, sender=actor, body=body, images=images, mail_digest=mail_digest)


def photos_take_off(author: User, photos: Sequence[Image]) -> None:
    """From the author's messages: photos of a report stand there too, and who removes one there wants it gone."""
    MessageAttachment.objects.filter(image__in=photos, message__sender=author).delete()


def messages_mark_read(*, actor: User, messages: Sequence[Message]) -> None:
    """Remember that the actor received these. Writes only when one was unread: the web client asks every 5 s."""
    unread = [
        receipt.pk
        for message in messages
        for receipt in message.receipts.all()
        if receipt.user_id == actor.pk and receipt.read_at is None
    ]
    if unread:
        MessageReceipt.objects.filter(pk__in=unread, read_at=None).update(read_at=timezone.now())
        for conversation_id in {message.conversation_id for message in messages}:
            notifications_mark_read_of(actor=actor, link=f"/chat/{conversation_id}")


def message_checked(body: str, *, has_photos: bool) -> str:
    """The text as it is kept. Raises InvalidInput for an empty or too long one, or one that cannot be shown."""
    body = body.strip()
    if not body and not has_photos:
        raise InvalidInput(_("Please write something or add a photo."), code="empty")
    if is_unprintable(body):
        raise InvalidInput(UNPRINTABLE, code="control")  # From a page: the API has refused it before.
    if len(body) > MAX_BODY:
        raise InvalidInput(_("A message may have at most %(most)s characters.") % {"most": MAX_BODY}, code="too_long")
    return body


def message_write(
    conversation: Conversation,
    *,
    sender: User | None,
    body: str,
    images: Sequence[Image] = (),
    mail_digest: str | None = None,
    announce: bool = True,
) -> Message:
    """Keep a message that was checked already, and tell the others. Without a sender it is from the guest.

    With `announce` off, the caller tells them of it in words of its own.
    """
    attempts = 0
    while True:
        try:
            return _message_create(
                conversation, sender=sender, body=body, images=images, mail_digest=mail_digest, announce=announce
            )
        except IntegrityError:
            # Somebody else took this very microsecond: the unique constraint noticed.
            attempts += 1
            if attempts == WRITE_ATTEMPTS:
                raise


@transaction.atomic
def _message_create(
    conversation: Conversation,
    *,
    sender: User | None,
    body: str,
    images: Sequence[Image],
    mail_digest: str | None,
    announce: bool,
) -> Message:
    """Message, photos, receipts, and what tells the other side, in one transaction."""
    # The row lock puts the writers of one conversation in a row, so messages become visible in the order of their
    # times and a reader's cursor never passes one that is still on its way.
    if Conversation.objects.select_for_update().filter(pk=conversation.pk).first() is None:
        raise NotFound(_("This conversation does not exist any more."))
    if sender is not None and conversation.guest_email and not conversation.is_guest_shut_out:
        guest_admit(conversation)
    others = _others(conversation, sender)
    withheld = _is_blocked(conversation, sender, others)
    latest = Message.objects.filter(conversation=conversation).aggregate(latest=Max("created_at"))["latest"]
    now = timezone.now()
    message = Message.objects.create(
        conversation=conversation,
        sender=sender,
        sender_name=sender.username if sender else GUEST_SENDER_NAME,
        body=body,
        created_at=max(now, latest + timedelta(microseconds=1)) if latest else now,
        is_withheld=withheld,
        mail_digest=mail_digest,
    )
    created("message", message.pk)
    MessageAttachment.objects.bulk_create([MessageAttachment(message=message, image=image) for image in images])
    preview = body[:PREVIEW_LENGTH] or PHOTO_PREVIEW
    if withheld:
        # To its writer it looks sent; nobody else sees it, is told of it, or finds a trace in the conversation's list.
        seat = Participant.objects.filter(conversation=conversation, user=sender)
        seat.update(withheld_at=message.created_at, withheld_preview=preview)
    else:
        Conversation.objects.filter(pk=conversation.pk).update(
            last_message_at=message.created_at, last_message_preview=preview
        )
        _deliver(message, conversation, recipient_ids=others, announce=announce)
    return message


def _others(conversation: Conversation, writer: User | None) -> list[int]:
    """Ids of those who take part, without the writer."""
    user_ids = conversation.participants.values_list("user_id", flat=True)
    return [user_id for user_id in user_ids if writer is None or user_id != writer.pk]


def _is_blocked(conversation: Conversation, sender: User | None, others: Collection[int]) -> bool:
    """Whether one of the others blocks the writer.

    A guest who gives the address of a blocked account, or another spelling of it, is that account here: blocked people
    must not come as guests.
    """
    if sender is not None:
        return bool(blocks_of(sender.pk).met.intersection(others))
    blocked_ids = {blocked for other in others for blocked in blocks_of(other).made}
    addresses = User.objects.filter(pk__in=blocked_ids).values_list("email", flat=True)
    return mailbox_key(conversation.guest_email) in map(mailbox_key, addresses)


def _deliver(message: Message, conversation: Conversation, *, recipient_ids: Sequence[int], announce: bool) -> None:
    conversation.participants.filter(is_hidden=True).update(is_hidden=False)
    recipients = list(User.objects.filter(pk__in=recipient_ids).order_by("pk"))
    MessageReceipt.objects.bulk_create(
        [MessageReceipt(message=message, conversation=conversation, user=user) for user in recipients]
    )
    for recipient in recipients if announce else ():
        _recipient_page(conversation, recipient=recipient)


def _recipient_page(conversation: Conversation, *, recipient: User) -> None:
    """Tell somebody that a message waits: once until they have read everything, without a word of what it says."""
    streak = _unread_streak(conversation, recipient.pk)
    subject = conversation_subject(conversation, reader_id=recipient.pk)
    told = notification_create(
        recipient_id=recipient.pk,
        verb=Notification.Verb.MESSAGE,
        description=NEW_MESSAGE % {"subject": subject},
        target_name=subject,
        link=f"/chat/{conversation.pk}",
        dedupe_key=f"message:{conversation.pk}:{recipient.pk}:{streak}",
    )
    if not told or not is_reachable(recipient):
        return  # A closed account is told when it is opened again, and not written to.
    if is_guest(recipient):
        guest_mail(user=recipient, conversation=conversation, streak=streak)
    else:
        message_mail(seat=conversation.participants.get(user=recipient))


def _unread_streak(conversation: Conversation, user_id: int) -> UUID | None:
    """The first of the messages that somebody has not read."""
    unread = MessageReceipt.objects.filter(conversation=conversation, user_id=user_id, read_at=None)
    return unread.order_by("message__created_at").values_list("message_id", flat=True).first()


@transaction.atomic
def message_mail(*, seat: Participant) -> None:
    """Write by mail that unread messages wait: at once, and then at most every MAIL_EVERY for each conversation.

    Two people who are talking read every message as it comes, so that each would begin a new streak; when MAIL_EVERY
    has passed, the worker looks whether anything is still unread.
    """
    conversation, streak = seat.conversation, _unread_streak(seat.conversation, seat.user_id)
    if streak is None:
        return
    now = timezone.now()
    # A last mail so far in the future was noted by a clock that was ahead. Hosts' clocks differ by less.
    not_lately = Q(mailed_at=None) | Q(mailed_at__lte=now - MAIL_EVERY) | Q(mailed_at__gt=now + MAIL_EVERY)
    due = Participant.objects.filter(not_lately, pk=seat.pk)
    if not due.update(mailed_at=now):
        task_enqueue(MAIL_TASK, seat.pk, delay=(seat.mailed_at or now) + MAIL_EVERY - now)
        return
    notification_mail(
        recipient_id=seat.user_id,
        verb=Notification.Verb.MESSAGE,
        dedupe_key=f"message:{conversation.pk}:{seat.user_id}:{streak}",
        mail=lambda: mails.new_message(
            about=conversation_subject(conversation, reader_id=seat.user_id), reply_tag=_reply_tag(conversation)
        ),
        link=f"/chat/{conversation.pk}",
    )


def _reply_tag(conversation: Conversation) -> str:
    """What an answer by mail is recognised by, while there is an address for answers."""
    return f" [PawGle-{conversation.pk}]" if settings.REPLIES_EMAIL else ""
