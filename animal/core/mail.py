"""Outgoing mail: queued with the rows that it tells about, sent by the worker through Django's mail layer."""

from __future__ import annotations

from collections.abc import Callable
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPSenderRefused

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.utils import timezone

from animal.core import metrics
from animal.core.connections import once_more_if_cut
from animal.core.faults import checkpoint
from animal.core.models import OutgoingMail
from animal.core.tasks import DependencyDown, Permanent, background_task, task_enqueue

# "Authentication required" (RFC 4954): the operator's to mend, and no word about the mail.
NOT_SIGNED_IN = 530


# Whether this person, by number, still wants mails of this topic at this address.
WishReader = Callable[[int, str, str], bool]
_wish_readers: list[WishReader] = []


def mail_wish_reader_set(reader: WishReader) -> None:
    """The choices belong to the alerts app, which lies above; it hands its reader down in AppConfig.ready()."""
    _wish_readers[:] = [reader]


def mail_queue(
    *,
    key: str,
    to_email: str,
    subject: str,
    text: str,
    html: str = "",
    unsubscribe_url: str = "",
    topic: str = "",
    reader_id: int | None = None,
) -> None:
    """Queue one mail in the caller's transaction. A second mail with the same `key` is never sent.

    `topic` and `reader_id` name a choice that is looked at again when the mail goes out: days may lie between, and who
    said stop must get no more. What we write to people goes through `animal.core.letters`.
    """
    one_line = " ".join(subject.split())  # A header has no line breaks, and Django refuses to send one that has.
    with transaction.atomic():
        mail, created = OutgoingMail.objects.get_or_create(
            key=key,
            defaults={
                "to_email": to_email,
                "subject": one_line[:200],
                "text": text,
                "html": html,
                "unsubscribe_url": unsubscribe_url,
                "topic": topic,
                "reader_id": reader_id,
            },
        )
        if created:
            task_enqueue(send_mail, mail.pk)


@background_task()
def send_mail(mail_id: int) -> None:
    """Send one queued mail.

    A crash between sending and the row's update, or a database that is away by then, has it sent again. Resend takes it
    once for its Message-ID; from a mail server two copies may come, with the same Message-ID, by which mail programs
    fold them into one.
    """
    mail = OutgoingMail.objects.filter(pk=mail_id, sent_at=None).first()
    if mail is None:
        return
    if not _is_wanted(mail):
        mail.delete()
        return
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">") or "localhost"
    message = EmailMultiAlternatives(
        subject=mail.subject,
        body=mail.text,
        to=[mail.to_email],
        # Answers to mails about a conversation find their way into it: see animal.chat.inbound.
        reply_to=[settings.REPLIES_EMAIL] if settings.REPLIES_EMAIL and "[PawGle-" in mail.subject else None,
        headers={
            "Message-ID": f"<outgoing-{mail.pk}-{mail.created_at:%Y%m%d%H%M%S}@{domain}>",
            **unsubscribe_headers(mail.unsubscribe_url),
        },
    )
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    try:
        message.send()
    except OSError as problem:  # smtplib's errors are OSErrors too.
        if reason := _refused_for_good(problem):
            raise Permanent(reason) from problem
        raise DependencyDown(f"Mail cannot be sent now: {type(problem).__name__}") from problem
    metrics.MAILS_SENT.inc()
    checkpoint("mail_sent")
    # It is out, and who comes later would send it again.
    sent = OutgoingMail.objects.filter(pk=mail_id)
    once_more_if_cut(lambda: sent.update(sent_at=timezone.now(), text="", html="", unsubscribe_url=""))


def _is_wanted(mail: OutgoingMail) -> bool:
    if not mail.topic or mail.reader_id is None:
        return True
    return all(wants(mail.reader_id, mail.topic, mail.to_email) for wants in _wish_readers)


def unsubscribe_headers(url: str) -> dict[str, str]:
    """By which mail programs offer a button of their own (RFC 2369, and RFC 8058 for doing it without a page)."""
    return {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"} if url else {}


def _refused_for_good(problem: OSError) -> str:
    """Why the mail server will never take this mail, or "" when it may do so later.

    Codes of 500 and above are final (RFC 5321, 4.2.1), but only those given to the mail itself: a server that refuses
    the greeting or the password says nothing about the mail, and is waited for until the operator has seen to it.
    """
    if isinstance(problem, SMTPRecipientsRefused):
        final = all(code >= 500 for code, _ in problem.recipients.values())
        return "The mail server does not accept this address." if final else ""
    if isinstance(problem, SMTPSenderRefused | SMTPDataError) and problem.smtp_code >= 500:
        if problem.smtp_code == NOT_SIGNED_IN:
            return ""
        reply = problem.smtp_error
        text = reply.decode(errors="replace") if isinstance(reply, bytes) else reply
        return f"The mail server refuses this mail: {problem.smtp_code} {text}"
    return ""
