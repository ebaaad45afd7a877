"""Mail through Resend's HTTP API, as a backend of Django's mail layer.

The request is that of https://resend.com/docs/api-reference/emails/send-email, the errors are those of
https://resend.com/docs/api-reference/errors. The client is imported on first use.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend

from animal.core.tasks import DependencyDown, Permanent

if TYPE_CHECKING:
    import resend
    from resend.exceptions import ResendError

# Statuses that Resend gives for what is in the mail. All others say something of the key, the quota or the service.
ABOUT_THE_MAIL = {400, 409, 413, 422}
# A name of an error as Resend writes them. What stands in its place in an answer of somebody else is not repeated.
_ERROR_NAME = re.compile(r"[a-z_]{1,50}")
# Names that the client makes up where the answer had none: a proxy's page, or no answer.
_NOT_FROM_RESEND = {"application_error", "HttpClientError", "InternalServerError"}


class EmailBackend(BaseEmailBackend):
    """Sends each message by one request with the Message-ID as its Idempotency-Key.

    Resend keeps such keys for 24 hours and answers a repeated request as it did the first, without sending again.

    Raises DependencyDown when trying again later may help, the operator's part included, and Permanent when this mail
    will never be taken. What Resend says of a mail may quote its recipient, so neither repeats it.
    """

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            _send(message)
        return len(email_messages)


def _send(message: EmailMessage) -> None:
    import resend
    from resend.exceptions import NoContentError, ResendError

    resend.api_key, resend.api_url = settings.RESEND_API_KEY, settings.RESEND_API_URL
    # The client allows this time twice: to connect, and again between one byte of the answer and the next.
    resend.default_http_client = resend.RequestsClient(timeout=max(1, settings.EMAIL_TIMEOUT // 2))
    try:
        resend.Emails.send(_parameters(message), {"idempotency_key": _idempotency_key(message)})
    except ResendError as problem:
        raise _classified(problem) from problem
    except NoContentError as problem:
        raise DependencyDown("Mail cannot be sent now: Resend gave an empty answer.") from problem


def _parameters(message: EmailMessage) -> resend.Emails.SendParams:
    parameters: resend.Emails.SendParams = {
        "from": message.from_email,
        "to": list(message.to),
        "subject": str(message.subject),
        "text": str(message.body),
        "headers": {name: str(value) for name, value in message.extra_headers.items()},
    }
    if message.reply_to:
        parameters["reply_to"] = list(message.reply_to)
    if isinstance(message, EmailMultiAlternatives):
        for content, mimetype in message.alternatives:
            if mimetype == "text/html":
                parameters["html"] = str(content)
    return parameters


def _idempotency_key(message: EmailMessage) -> str:
    """The Message-ID: the same for each try, no other mail's at the same Resend account, and about no person."""
    return quote(message.extra_headers["Message-ID"].strip("<>"), safe="@")[:256]


def _classified(problem: ResendError) -> DependencyDown | Permanent:
    status, name, said = int(problem.code), str(problem.error_type), problem.message.lower()
    if name == "HttpClientError":
        return DependencyDown("Mail cannot be sent now: Resend cannot be reached, or does not answer in time.")
    # Resend answers some bad keys by a validation error of status 400 whose message alone tells that it is the key.
    if status == 401 or "api_key" in name or "api key" in said:
        return DependencyDown("Resend refuses the API key. Set RESEND_API_KEY to a valid one.")
    if status == 403 or name == "invalid_from_address" or "`from`" in said:
        return DependencyDown(
            "Resend refuses our sender address. Verify its domain at Resend, or set DEFAULT_FROM_EMAIL to another."
        )
    if "`reply_to`" in said or "`replyto`" in said:
        return DependencyDown("Resend refuses our address for answers. Set REPLIES_EMAIL to a valid one.")
    if name == "concurrent_idempotent_requests":  # An earlier try is still in their hands.
        return DependencyDown("Mail cannot be sent now: Resend is still busy with an earlier try.")
    if status in ABOUT_THE_MAIL and name not in _NOT_FROM_RESEND:
        known = f" {name}" if _ERROR_NAME.fullmatch(name) else ""
        return Permanent(f"Resend does not take this mail or its address: {status}{known}.")
    return DependencyDown(f"Mail cannot be sent now: Resend answered {status}.")
