"""Answers that people write by mail: each becomes a message of its conversation, and nothing of it is forwarded.

The web client's own server receives the mail, checks the provider's signature, and posts it here with a shared secret.
The other side is told as of any message: a link, no text and no address. HTML is never looked at.

Who wrote a mail is what its From says, unless the headers that are handed over hold a verdict (SPF, DKIM, DMARC)
against it. Where the provider passes none on, whoever knows both the id of a conversation, which only the mails to its
two sides name, and the address of one side can write there in that side's name; they still read nothing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import getaddresses
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.db import IntegrityError

from accounts.models import User
from animal.chat.inbound_text import is_automatic, is_forged, own_words
from animal.chat.models import Conversation, Message
from animal.chat.services import MAX_ATTACHMENTS, MAX_BODY, message_send, message_write
from animal.core.errors import InvalidInput
from animal.core.text import normalised_key
from animal.images.containers import container_of
from animal.images.models import Image
from animal.images.services import images_stored

logger = logging.getLogger(__name__)

TAG = re.compile(r"\[PawGle-([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\]")
LEFT_OUT = "(An attachment that is no photo was left out.)"
# One sentence for an unknown conversation and for a stranger's address: neither may be found out by trying.
UNKNOWN = "This mail does not answer a conversation of its sender."


@dataclass(frozen=True)
class MailAttachment:
    filename: str
    content: str  # base64


@dataclass(frozen=True, kw_only=True)
class InboundMail:
    sender: str
    subject: str
    text: str
    attachments: Sequence[MailAttachment] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


def inbound_mail_take(*, mail: InboundMail) -> bool:
    """Store a mail as a message of its conversation. False when it was taken before, when a program wrote
    it, or when the receiving server found its sender forged.

    Raises InvalidInput for a mail that answers nothing, or that holds neither text nor photos; Conflict when its sender
    blocks the other side.
    """
    if is_automatic(sender=mail.sender, subject=mail.subject, headers=mail.headers):
        return False
    if is_forged(mail.headers):
        logger.warning("a mail was dropped: the receiving server says that its sender is forged")
        return False
    conversation = _conversation(mail.subject)
    writer = _writer(conversation, mail.sender)
    digest = _digest(mail, conversation)
    if Message.objects.filter(mail_digest=digest).exists():
        return False
    photos, left_out = _photos(mail.attachments)
    body = _body(mail.text, left_out=left_out and not photos)
    if not body and not photos:
        raise InvalidInput("This mail holds neither text nor photos.", code="empty")
    try:
        _write(conversation, writer, body, photos, digest)
    except IntegrityError:
        if not Message.objects.filter(mail_digest=digest).exists():
            raise
        return False  # The same mail came twice at the same moment.
    return True


def _write(
    conversation: Conversation, writer: User | None, body: str, photos: Sequence[UploadedFile], digest: str
) -> None:
    try:
        _message(conversation, writer, body, photos, digest)
    except InvalidInput:
        if not photos:
            raise
        # A damaged photo must not cost the words beside it.
        _message(conversation, writer, f"{body}\n{LEFT_OUT}".strip(), (), digest)


def _message(
    conversation: Conversation, writer: User | None, body: str, photos: Sequence[UploadedFile], digest: str
) -> None:
    if writer is not None:
        message_send(actor=writer, conversation=conversation, body=body, uploads=photos, mail_digest=digest)
        return
    with images_stored(uploads=photos, uploader=None, source=Image.Source.CHAT) as images:
        message_write(conversation, sender=None, body=body, images=images, mail_digest=digest)


def _conversation(subject: str) -> Conversation:
    tag = TAG.search(subject)
    conversation = Conversation.objects.filter(pk=UUID(tag[1])).first() if tag else None
    if conversation is None:
        raise InvalidInput(UNKNOWN, code="unknown_conversation")
    return conversation


def _writer(conversation: Conversation, sender: str) -> User | None:
    """The participant with this address; None for the conversation's guest. Raises InvalidInput for anybody else."""
    addresses = [address for _, address in getaddresses([sender]) if address]
    key = normalised_key(addresses[0]) if len(addresses) == 1 else ""
    seat = conversation.participants.filter(user__email_key=key, user__is_active=True, is_hidden=False)
    found = seat.select_related("user").first() if key else None
    if found is not None:
        return found.user
    is_guest = key == normalised_key(conversation.guest_email) and not conversation.is_guest_shut_out
    if not key or not is_guest:
        raise InvalidInput(UNKNOWN, code="unknown_conversation")
    return None


def _digest(mail: InboundMail, conversation: Conversation) -> str:
    """Of all that is particular to a mail. The quoted text below an answer makes even two short answers differ."""
    parts = [str(conversation.pk), normalised_key(mail.sender), mail.subject, mail.text]
    parts += [attachment.content for attachment in mail.attachments]
    sums = [hashlib.sha256(part.encode("utf-8", errors="surrogatepass")).hexdigest() for part in parts]
    return hashlib.sha256(" ".join(sums).encode()).hexdigest()


def _body(text: str, *, left_out: bool) -> str:
    body = own_words(text)[:MAX_BODY]
    return f"{body[: MAX_BODY - len(LEFT_OUT) - 1]}\n{LEFT_OUT}".strip() if left_out else body


def _photos(attachments: Sequence[MailAttachment]) -> tuple[list[UploadedFile], bool]:
    """The first six that are pictures, within the size of an upload; and whether any other was left out."""
    photos: list[UploadedFile] = []
    left_out = False
    longest = settings.MAX_UPLOAD_SIZE_MB * 1024 * 1024 * 4 // 3 + 4
    for attachment in attachments:
        try:
            data = base64.b64decode(attachment.content, validate=True) if len(attachment.content) <= longest else b""
        except (binascii.Error, ValueError):
            data = b""
        if container_of(data) is None or len(photos) == MAX_ATTACHMENTS:
            left_out = True
        else:
            photos.append(SimpleUploadedFile("photo", data))
    return photos, left_out
