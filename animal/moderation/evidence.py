"""What a complaint is about, in words that stay: whoever wrote it can delete it before staff have looked."""

from __future__ import annotations

from accounts.models import User
from animal.chat.models import Message
from animal.moderation.models import Kind
from animal.moderation.selectors import messages_written_to
from animal.pets.models import Pet
from animal.reports.models import Report

LAST_MESSAGES = 10


def evidence_of(actor: User, kind: str, object_id: str) -> str:
    """As it reads now; "" when it went in this moment. The actor may see it, as was asked before."""
    if kind == Kind.MESSAGE:
        return _said(list(Message.objects.filter(pk=object_id).prefetch_related("attachments")))
    if kind == Kind.USER:
        theirs = messages_written_to(actor).filter(sender_id=int(object_id)).order_by("-created_at")[:LAST_MESSAGES]
        return _said(list(theirs.prefetch_related("attachments"))[::-1])
    if kind == Kind.REPORT:
        report = Report.objects.filter(pk=object_id).select_related("reporter").first()
        return f"{report.reporter}: {report.pet_name}. {report.description}" if report else ""
    pet = Pet.objects.filter(pk=object_id).select_related("owner").first()
    return f"{pet.owner}: {pet.name}" if pet else ""


def _said(messages: list[Message]) -> str:
    return "\n".join(_line(message) for message in messages)


def _line(message: Message) -> str:
    photos = len(message.attachments.all())
    return f"{message.sender_name}: {message.body}" + (f" ({photos} photos)" if photos else "")
