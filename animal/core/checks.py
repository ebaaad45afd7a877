"""System checks: a wrong setting stops the start with a sentence that names it."""

from __future__ import annotations

import os
import re
import sys
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register, run_checks

from animal.core import env
from animal.core.mail_settings import FILES

_RATE = re.compile(r"^\d+/(s|sec|second|m|min|minute|h|hour|d|day)$")
# Encrypted, but for a neighbour whose name has no dot: this machine, or a container beside this one.
_SPACE = re.compile(
    r"^([\w.-]+/[\w.-]+|https://[^/@\s]+(/[^\s]*)?|http://(localhost|127\.0\.0\.1|\[::1\]|[\w-]+)(:\d+)?)$"
)
_ADMIN_URL = re.compile(r"^[\w-]+(/[\w-]+)*$", re.ASCII)
# First parts of the other routes.
_TAKEN = {
    *("api", "auth", "chat", "dev", "follow-up", "forgot-password", "found", "health", "matches", "media", "metrics"),
    *("pet", "ready", "report", "sign-in", "sign-out", "static", "unsubscribe", "user", "ws"),
}
_SENTRY_PROJECT = re.compile(r"^https?://[^@/\s]+@[^@/\s]+(/[^@/\s]+)*/\d+/?$")


@register(Tags.security)
def configuration_is_usable(**kwargs: Any) -> list[CheckMessage]:
    messages: list[CheckMessage] = [Error(problem, id="pawgle.E001") for problem in env.problems]
    if settings.SECRET_KEY == env.MISSING_KEY:
        messages.append(
            Error(
                "SECRET_KEY is not set. Set it to a long random text (python3 -c 'import secrets; "
                "print(secrets.token_urlsafe(50))'), or set DEBUG=true on your own machine.",
                id="pawgle.E002",
            )
        )
    elif not settings.DEBUG and (len(settings.SECRET_KEY) < 32 or "change" in settings.SECRET_KEY.lower()):
        messages.append(
            Error("SECRET_KEY is too short or an example value. Set at least 32 random characters.", id="pawgle.E003")
        )
    if not settings.DEBUG and "*" in settings.ALLOWED_HOSTS:
        messages.append(Error("ALLOWED_HOSTS must name hosts; * lets any host through.", id="pawgle.E004"))
    for scope, rate in settings.THROTTLE_RATES.items():
        if not _RATE.match(rate):
            messages.append(
                Error(f"THROTTLE_{scope.upper()}_RATE must look like 60/min, but it is {rate!r}.", id="pawgle.E005")
            )
    if settings.METRICS_TOKEN and len(settings.METRICS_TOKEN) < 16:
        messages.append(Error("METRICS_TOKEN must have at least 16 characters.", id="pawgle.E011"))
    if settings.Q_BROKER == "redis" and not settings.REDIS_URL:
        messages.append(Error("Q_BROKER=redis needs REDIS_URL, through which workers are told.", id="pawgle.E012"))
    if not settings.TASK_TIMEOUT_SECONDS < settings.TASK_LEASE_SECONDS:
        messages.append(Error("TASK_LEASE_SECONDS must be larger than TASK_TIMEOUT_SECONDS.", id="pawgle.E006"))
    if settings.SENTRY_DSN and not _SENTRY_PROJECT.match(settings.SENTRY_DSN):
        messages.append(Error("SENTRY_DSN must look like https://key@sentry.example/1.", id="pawgle.E007"))
    if settings.EMBEDDING_PROVIDER == "space" and not _SPACE.match(settings.HUGGINGFACE_SPACE):
        messages.append(
            Error(
                "HUGGINGFACE_SPACE must name the Space that EMBEDDING_PROVIDER=space asks: owner/name, or an address "
                "such as https://owner-name.hf.space.",
                id="pawgle.E008",
            )
        )
    if len(settings.HUGGINGFACE_SPACE_VERSION) > 64:
        messages.append(Error("HUGGINGFACE_SPACE_VERSION must have at most 64 characters.", id="pawgle.E009"))
    return [*messages, *_operation_problems()]


def _operation_problems() -> list[CheckMessage]:
    messages: list[CheckMessage] = []
    if not _ADMIN_URL.match(settings.ADMIN_URL) or settings.ADMIN_URL.split("/")[0] in _TAKEN:
        messages.append(
            Error(
                "ADMIN_URL must be a path of its own such as back-office/7f3a (letters, digits, - and _), but it is "
                f"{settings.ADMIN_URL!r}.",
                id="pawgle.E011",
            )
        )
    if not _are_age_keys(settings.BACKUP_ENCRYPTION_KEYS):
        messages.append(
            Error(
                "BACKUP_ENCRYPTION_KEY must be keys as `manage.py gen_secret --backup-key` prints them "
                "(AGE-SECRET-KEY-1...), comma-separated; only the first may be a public one (age1...).",
                id="pawgle.E010",
            )
        )
    return messages


def _are_age_keys(keys: list[str]) -> bool:
    if not keys:
        return True
    from pyrage import IdentityError, RecipientError, x25519

    try:
        for number, key in enumerate(keys):
            if number == 0 and key.startswith("age1"):
                x25519.Recipient.from_str(key)
            else:
                x25519.Identity.from_str(key)
    except (IdentityError, RecipientError):
        return False
    return True


@register(Tags.security)
def parts_fit_together(**kwargs: Any) -> list[CheckMessage]:
    """What works, but not as its operator expects."""
    messages: list[CheckMessage] = []
    processes = _web_processes()
    if processes > 1 and str(settings.CACHES["default"]["BACKEND"]).endswith(("LocMemCache", "DummyCache")):
        messages.append(
            Warning(
                f"{processes} web processes share no cache: each counts its own throttles, so people get {processes} "
                "times as many tries. Set REDIS_URL, or WEB_CONCURRENCY=1.",
                id="pawgle.W001",
            )
        )
    if settings.FRONTEND_URL and not settings.API_URL:
        messages.append(
            Warning(
                "FRONTEND_URL names a separate web client, which has no page to choose a new password or to stop "
                "mails. Set API_URL to the address of this service, so that mails lead to the pages here.",
                id="pawgle.W002",
            )
        )
    if settings.GOOGLE_OAUTH_CLIENT_SECRET and not settings.GOOGLE_OAUTH_CLIENT_ID:
        messages.append(
            Warning(
                "GOOGLE_OAUTH_CLIENT_SECRET is set and GOOGLE_OAUTH_CLIENT_ID is not: nobody is offered to sign in "
                "with Google. Set both, as Google shows them, or neither.",
                id="pawgle.W004",
            )
        )
    if not settings.DEBUG and settings.EMAIL_BACKEND == FILES and not _is_local(settings.SITE_URL):
        messages.append(
            Warning(
                f"Nobody gets mail: it is written to files in {settings.EMAIL_FILE_PATH}, so no address can be proven "
                "and no password reset. Set RESEND_API_KEY, or EMAIL_HOST to a mail server.",
                id="pawgle.W003",
            )
        )
    return messages


def _is_local(site_url: str) -> bool:
    """Whether people reach us on this machine alone, as with the demo: then they find the files."""
    return urlsplit(site_url).hostname in {"localhost", "127.0.0.1", "::1"}


def _web_processes() -> int:
    """As many as gunicorn starts; what GUNICORN_CMD_ARGS says wins over WEB_CONCURRENCY."""
    said = re.search(r"(?:^|\s)(?:-w|--workers)[\s=]*(\d+)", os.environ.get("GUNICORN_CMD_ARGS", ""))
    return int(said[1]) if said else int(settings.WEB_CONCURRENCY)


def refuse_bad_configuration() -> None:
    """For servers, which run no checks of their own: stop with the sentences of every configuration error, and say
    those of every warning."""
    ours = [message for message in run_checks(tags=[Tags.security]) if (message.id or "").startswith("pawgle.")]
    for message in ours:
        if not message.is_serious():
            sys.stderr.write(f"PawGle: {message.msg}\n")
    errors = [message for message in ours if message.is_serious()]
    if errors:
        sys.exit("\n".join(f"PawGle cannot start: {error.msg}" for error in errors))
