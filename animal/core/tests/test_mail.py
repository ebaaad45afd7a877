"""Mail is queued with the rows it tells about, and goes out once."""

from __future__ import annotations

import smtplib

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import OperationalError, connection, transaction
from django_q.models import OrmQ

from animal.core.mail import mail_queue, send_mail
from animal.core.models import BackgroundTask, OutgoingMail

pytestmark = pytest.mark.django_db


def queue(key: str = "greeting:1", **values: str) -> None:
    mail_queue(**{"key": key, "to_email": "zoe@example.org", "subject": "Hello", "text": "A link", **values})


def test_a_mail_is_sent_by_the_worker_and_its_text_is_not_kept(work_off) -> None:
    queue(html="<p>A link</p>")
    assert mail.outbox == []
    work_off()
    (sent,) = mail.outbox
    assert (sent.to, sent.subject, sent.body) == (["zoe@example.org"], "Hello", "A link")
    assert sent.alternatives[0][0] == "<p>A link</p>"
    row = OutgoingMail.objects.get()
    assert row.sent_at is not None
    assert (row.text, row.html) == ("", "")


def test_a_key_goes_out_once(work_off) -> None:
    queue()
    queue(subject="Hello again")
    work_off()
    queue()
    work_off()
    assert [message.subject for message in mail.outbox] == ["Hello"]


def test_a_mail_about_rows_that_are_rolled_back_is_never_sent(work_off) -> None:
    with transaction.atomic():
        queue()
        transaction.set_rollback(True)
    work_off()
    assert mail.outbox == []


def test_a_subject_is_one_line_of_bounded_length(work_off) -> None:
    queue(subject="Is this\r\nBcc: all@example.org " + "x" * 300)
    work_off()
    assert mail.outbox[0].subject.startswith("Is this Bcc: all@example.org x")
    assert len(mail.outbox[0].subject) == 200


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_is_cut_after_sending_has_nothing_sent_again(work_off) -> None:
    cut = iter([True])

    def noting_is_cut(execute, sql, params, many, context):
        if sql.startswith("UPDATE") and "core_outgoingmail" in sql and next(cut, False):
            if connection.vendor == "mysql":
                return execute("KILL CONNECTION_ID()", None, False, context)
            raise OperationalError("SQLite has no connection that could be cut")
        return execute(sql, params, many, context)

    queue()
    with connection.execute_wrapper(noting_is_cut):
        work_off()
    assert next(cut, None) is None, "it was cut"
    BackgroundTask.objects.update(run_at=OutgoingMail.objects.get().created_at)
    OrmQ.objects.update(lock=OutgoingMail.objects.get().created_at)
    work_off()
    assert len(mail.outbox) == 1
    assert OutgoingMail.objects.get().sent_at


def test_copies_after_a_crash_carry_the_same_message_id(work_off) -> None:
    queue()
    work_off()
    OutgoingMail.objects.update(sent_at=None)
    send_mail(OutgoingMail.objects.get().pk)
    first, second = (message.extra_headers["Message-ID"] for message in mail.outbox)
    assert first == second


@pytest.mark.parametrize(
    "problem",
    [
        ConnectionRefusedError(),
        smtplib.SMTPServerDisconnected(),
        TimeoutError(),
        smtplib.SMTPRecipientsRefused({"zoe@example.org": (450, b"mailbox busy")}),
        smtplib.SMTPSenderRefused(451, b"try again later", "no-reply@localhost"),
        smtplib.SMTPSenderRefused(530, b"authentication required", "no-reply@localhost"),
        smtplib.SMTPDataError(452, b"insufficient storage"),
        smtplib.SMTPConnectError(554, b"no service here"),
        smtplib.SMTPAuthenticationError(535, b"wrong password"),
    ],
    ids=repr,
)
def test_while_the_mail_server_is_away_the_mail_waits(work_off, monkeypatch, problem: Exception) -> None:
    def refuse(self: EmailBackend, messages: object) -> int:
        raise problem

    with monkeypatch.context() as outage:
        outage.setattr(EmailBackend, "send_messages", refuse)
        queue()
        work_off()
    task = BackgroundTask.objects.get()
    assert (task.state, task.failures) == ("pending", 0)
    BackgroundTask.objects.update(run_at=task.created_at)
    OrmQ.objects.update(lock=task.created_at)
    work_off()
    assert len(mail.outbox) == 1


@pytest.mark.parametrize(
    ("refusal", "reason"),
    [
        (
            smtplib.SMTPRecipientsRefused({"zoe@example.org": (550, b"no such user")}),
            "The mail server does not accept this address.",
        ),
        (
            smtplib.SMTPSenderRefused(553, b"not your domain", "no-reply@localhost"),
            "The mail server refuses this mail: 553 not your domain",
        ),
        (smtplib.SMTPDataError(554, b"looks like spam"), "The mail server refuses this mail: 554 looks like spam"),
    ],
    ids=repr,
)
def test_a_mail_that_the_server_refuses_for_good_is_given_up_with_the_reason(
    work_off, monkeypatch, refusal: Exception, reason: str
) -> None:
    def refuse(self: EmailBackend, messages: object) -> int:
        raise refusal

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    queue()
    work_off()
    task = BackgroundTask.objects.get()
    assert (task.state, task.error) == ("failed", reason)
