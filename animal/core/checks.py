"""System checks: a wrong setting stops the start with a sentence that names it."""

from __future__ import annotations

import re
import sys
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register, run_checks

from animal.core import env

_RATE = re.compile(r"^\d+/(s|sec|second|m|min|minute|h|hour|d|day)$")


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
    if not settings.TASK_TIMEOUT_SECONDS < settings.TASK_LEASE_SECONDS:
        messages.append(Error("TASK_LEASE_SECONDS must be larger than TASK_TIMEOUT_SECONDS.", id="pawgle.E006"))
    return messages


def refuse_bad_configuration() -> None:
    """For servers, which run no checks of their own: stop with the sentences of every configuration error."""
    errors = [
        message for message in run_checks(tags=[Tags.security]) if message.id and message.id.startswith("pawgle.E")
    ]
    if errors:
        sys.exit("\n".join(f"PawGle cannot start: {error.msg}" for error in errors))
