"""Mail leaves through Resend, through a mail server, or into files: what arrives there, and what follows a refusal."""

from __future__ import annotations

import email
import os
import subprocess
import sys
from collections.abc import Iterator
from email.policy import default as modern
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as settings_module
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import transaction

from animal.core import env
from animal.core.checks import refuse_bad_configuration
from animal.core.mail import mail_queue, send_mail
from animal.core.mail_settings import FILES, RESEND, SMTP, mail_transport
from animal.core.models import BackgroundTask, OutgoingMail
from animal.core.tests.mail_servers import (
    PAGE,
    RESET,
    SILENCE,
    MailServer,
    ResendStandIn,
    mail_server,
    resend_stand_in,
)

KEY = "re_a_key_of_the_operator"


@pytest.fixture
def resend_api(settings) -> Iterator[ResendStandIn]:
    with resend_stand_in() as api:
        settings.EMAIL_BACKEND, settings.RESEND_API_KEY, settings.RESEND_API_URL = RESEND, KEY, api.url
        settings.DEFAULT_FROM_EMAIL = "PawGle <no-reply@pawgle.example>"
        yield api


@pytest.fixture
def server(settings, tmp_path, monkeypatch) -> Iterator[MailServer]:
    with mail_server(tmp_path) as running:
        monkeypatch.setenv("SSL_CERT_FILE", str(running.certificate))  # As an operator trusts a server of their own.
        settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = SMTP, "127.0.0.1", running.port
        settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL, settings.EMAIL_TIMEOUT = True, False, 5
        settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "pawgle", "right"
        settings.DEFAULT_FROM_EMAIL = "PawGle <no-reply@pawgle.example>"
        yield running


def queue(**values: str) -> None:
    mail_queue(**{"key": "greeting:1", "to_email": "zoe@example.org", "subject": "Grüße", "text": "A link ü", **values})


def message_id() -> str:
    row = OutgoingMail.objects.get()
    return f"outgoing-{row.pk}-{row.created_at:%Y%m%d%H%M%S}@pawgle.example"


def outcome() -> tuple[str, int, str]:
    task = BackgroundTask.objects.get()
    return task.state, task.failures, task.error


@pytest.mark.django_db
def test_resend_gets_the_mail_as_its_interface_describes(resend_api, work_off, settings) -> None:
    settings.REPLIES_EMAIL = "replies@pawgle.example"
    queue(subject="Grüße [PawGle-7]", html="<p>A link ü</p>")
    work_off()
    (request,) = resend_api.received
    assert request.path == "/emails"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["idempotency-key"] == message_id()
    assert request.body == {
        "from": "PawGle <no-reply@pawgle.example>",
        "to": ["zoe@example.org"],
        "subject": "Grüße [PawGle-7]",
        "text": "A link ü",
        "html": "<p>A link ü</p>",
        "reply_to": ["replies@pawgle.example"],
        "headers": {"Message-ID": f"<{message_id()}>"},
    }
    assert OutgoingMail.objects.get().sent_at is not None


@pytest.mark.django_db
def test_what_a_mail_has_not_is_not_sent_to_resend(resend_api, work_off) -> None:
    queue()
    work_off()
    assert set(resend_api.received[0].body) == {"from", "to", "subject", "text", "headers"}


@pytest.mark.django_db
def test_a_crash_after_resend_took_the_mail_delivers_nothing_twice(resend_api, work_off) -> None:
    queue()
    with transaction.atomic():
        send_mail(OutgoingMail.objects.get().pk)
        transaction.set_rollback(True)  # The process died before it could note that the mail was sent.
    work_off()
    first, second = resend_api.received
    assert first.raw == second.raw  # A changed mail under a known key would be refused.
    assert len(resend_api.delivered) == 1
    assert OutgoingMail.objects.get().sent_at is not None


AWAY = "Mail cannot be sent now: Resend"
BAD_KEY = "Resend refuses the API key. Set RESEND_API_KEY to a valid one."
BAD_SENDER = "Resend refuses our sender address."


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((429, "rate_limit_exceeded", "Too many requests."), f"{AWAY} answered 429."),
        ((429, "daily_quota_exceeded", "You have reached your daily quota."), f"{AWAY} answered 429."),
        ((500, "application_error", "An unexpected error occurred."), f"{AWAY} answered 500."),
        ((503, "", ""), f"{AWAY} answered 503."),
        ((404, "not_found", "The requested endpoint does not exist."), f"{AWAY} answered 404."),
        ((409, "concurrent_idempotent_requests", "In progress."), f"{AWAY} is still busy with an earlier try."),
        (PAGE, f"{AWAY} answered 400."),
        (RESET, f"{AWAY} cannot be reached, or does not answer in time."),
        ((401, "missing_api_key", "Missing API key."), BAD_KEY),
        ((401, "unauthorized", "Unauthorized"), BAD_KEY),
        ((403, "invalid_api_key", "API key is invalid."), BAD_KEY),
        ((400, "validation_error", "API key is invalid"), BAD_KEY),
        ((403, "validation_error", "The pawgle.example domain is not verified."), BAD_SENDER),
        ((422, "invalid_from_address", "Invalid from."), BAD_SENDER),
        ((422, "validation_error", "Invalid `from` field."), BAD_SENDER),
        ((422, "validation_error", "Invalid `reply_to` field."), "Resend refuses our address for answers."),
    ],
    ids=str,
)
def test_while_resend_or_its_configuration_fails_the_mail_waits(resend_api, work_off, answer: Any, reason: str) -> None:
    resend_api.answer = answer
    queue()
    work_off()
    state, failures, said = outcome()
    assert (state, failures) == ("pending", 0)
    assert said.startswith(reason)
    assert KEY not in said
    resend_api.answer = (200, "", "")
    send_mail(OutgoingMail.objects.get().pk)
    assert OutgoingMail.objects.get().sent_at is not None


@pytest.mark.django_db
def test_resend_is_not_waited_for_longer_than_its_time(resend_api, work_off, settings) -> None:
    settings.EMAIL_TIMEOUT = 1
    resend_api.answer = SILENCE
    queue()
    work_off()
    assert outcome() == ("pending", 0, f"{AWAY} cannot be reached, or does not answer in time.")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((422, "validation_error", "Invalid `to` field: zoe@example.org"), "422 validation_error"),
        ((400, "validation_error", "zoe@example.org is on the suppression list"), "400 validation_error"),
        ((422, "Zoe lives in Main Street", "zoe@example.org"), "422"),
        ((409, "invalid_idempotent_request", "Same key, another payload."), "409 invalid_idempotent_request"),
    ],
    ids=str,
)
def test_a_mail_that_resend_will_never_take_is_given_up_without_repeating_whose_it_is(
    resend_api, work_off, caplog, answer: Any, reason: str
) -> None:
    resend_api.answer = answer
    queue()
    work_off()
    assert outcome() == ("failed", 0, f"Resend does not take this mail or its address: {reason}.")
    assert "zoe" not in caplog.text.lower()


@pytest.mark.django_db
def test_a_mail_server_gets_the_mail_over_tls_from_somebody_signed_in(server, work_off, settings) -> None:
    settings.REPLIES_EMAIL = "replies@pawgle.example"
    queue(subject="Grüße [PawGle-7]", html="<p>A link ü</p>")
    work_off()
    assert server.signed_in == [("pawgle", "right")]
    (envelope,) = server.arrived
    assert (envelope.mail_from, envelope.rcpt_tos) == ("no-reply@pawgle.example", ["zoe@example.org"])
    mail = email.message_from_bytes(envelope.content, policy=modern)
    assert (mail["From"], mail["To"]) == ("PawGle <no-reply@pawgle.example>", "zoe@example.org")
    assert (mail["Subject"], mail["Reply-To"]) == ("Grüße [PawGle-7]", "replies@pawgle.example")
    assert mail["Message-ID"] == f"<{message_id()}>"
    assert mail.get_body(["plain"]).get_content().strip() == "A link ü"
    assert mail.get_body(["html"]).get_content().strip() == "<p>A link ü</p>"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("550 zoe@example.org is unknown", ("failed", 0, "The mail server does not accept this address.")),
        ("451 greylisted", ("pending", 0, "Mail cannot be sent now: SMTPRecipientsRefused")),
    ],
)
def test_a_mail_server_that_refuses_a_recipient_is_believed(server, work_off, said: str, expected: tuple) -> None:
    server.said_to_recipient = said
    queue()
    work_off()
    assert outcome() == expected
    assert server.arrived == []


@pytest.mark.django_db
def test_a_wrong_password_is_the_operators_to_mend(server, work_off, settings) -> None:
    settings.EMAIL_HOST_PASSWORD = "wrong"
    queue()
    work_off()
    assert outcome() == ("pending", 0, "Mail cannot be sent now: SMTPAuthenticationError")


@pytest.mark.django_db
def test_a_mail_server_that_cannot_prove_its_name_gets_neither_password_nor_mail(server, work_off, monkeypatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    queue()
    work_off()
    assert outcome() == ("pending", 0, "Mail cannot be sent now: SSLCertVerificationError")
    assert (server.signed_in, server.arrived) == ([], [])


NAMES = ["RESEND_API_KEY", "EMAIL_HOST", "EMAIL_PORT", "EMAIL_USE_TLS", "EMAIL_USE_SSL", "EMAIL_TIMEOUT"]


@pytest.fixture
def transport(monkeypatch):
    """What mail_transport makes of exactly these variables."""
    monkeypatch.setattr(env, "problems", [])

    def read(task_timeout: int = 20, **environment: str):
        for name in NAMES:
            monkeypatch.setenv(name, environment.get(name, ""))
        return mail_transport(task_timeout=task_timeout)

    return read


def test_resend_goes_before_a_mail_server_and_a_mail_server_before_files(transport) -> None:
    assert transport().backend == FILES
    assert transport(EMAIL_HOST="mail.pawgle.example").backend == SMTP
    assert transport(RESEND_API_KEY=KEY).backend == RESEND
    assert transport(RESEND_API_KEY=KEY, EMAIL_HOST="mail.pawgle.example").backend == RESEND


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, (587, True, False)),
        ({"EMAIL_USE_SSL": "true"}, (465, False, True)),
        ({"EMAIL_USE_TLS": "false"}, (25, False, False)),
        ({"EMAIL_USE_TLS": "false", "EMAIL_PORT": "2525"}, (2525, False, False)),
    ],
)
def test_mail_is_encrypted_unless_told_otherwise_and_goes_to_the_usual_port(transport, environment, expected) -> None:
    chosen = transport(**environment)
    assert (chosen.port, chosen.use_tls, chosen.use_ssl) == expected
    assert env.problems == []


def test_a_transport_gives_up_before_its_task_is_killed(transport) -> None:
    assert (transport().timeout, transport(task_timeout=4).timeout) == (10, 2)
    transport(EMAIL_TIMEOUT="20")
    (problem,) = env.problems
    assert problem.startswith("EMAIL_TIMEOUT must be a whole number at least 1 and at most 19")


def test_two_ways_of_encryption_at_once_stop_the_start(transport) -> None:
    transport(EMAIL_USE_TLS="true", EMAIL_USE_SSL="true")
    with pytest.raises(SystemExit, match="EMAIL_USE_TLS and EMAIL_USE_SSL must not both be true"):
        refuse_bad_configuration()


@pytest.mark.parametrize(
    ("values", "warned"),
    [
        ({}, True),
        ({"SITE_URL": ""}, True),
        ({"EMAIL_BACKEND": SMTP}, False),
        ({"EMAIL_BACKEND": RESEND}, False),
        ({"DEBUG": True}, False),
        ({"SITE_URL": "http://localhost:8000"}, False),
    ],
    ids=str,
)
def test_a_server_whose_mail_reaches_nobody_says_so(settings, capsys, values: dict[str, Any], warned: bool) -> None:
    for name, value in {"EMAIL_BACKEND": FILES, "SITE_URL": "https://pawgle.example", **values}.items():
        setattr(settings, name, value)
    refuse_bad_configuration()  # It starts all the same.
    assert ("Nobody gets mail" in capsys.readouterr().err) is warned
    if warned:
        with pytest.raises(SystemCheckError, match=r"pawgle\.W003.*RESEND_API_KEY"):
            call_command("check", fail_level="WARNING")


WHICH = "import django, sys; django.setup(); from django.core.mail import get_connection; "
WHICH += "print(type(get_connection()).__module__, 'resend' in sys.modules)"


@pytest.mark.stack
@pytest.mark.parametrize(
    ("environment", "module"),
    [
        ({}, "django.core.mail.backends.filebased"),
        ({"EMAIL_HOST": "mail.pawgle.example"}, "django.core.mail.backends.smtp"),
        ({"EMAIL_HOST": "mail.pawgle.example", "RESEND_API_KEY": KEY}, "animal.core.mail_resend"),
    ],
    ids=str,
)
def test_the_environment_chooses_and_resends_client_is_not_imported_before_it_is_used(
    tmp_path: Path, environment: dict[str, str], module: str
) -> None:
    server = {"PATH": os.environ["PATH"], "ENV_FILE": "", "SECRET_KEY": "k" * 50, "VAR_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", WHICH],
        cwd=settings_module.BASE_DIR,
        env={**server, "DJANGO_SETTINGS_MODULE": "animal.settings", **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [module, "False"]
