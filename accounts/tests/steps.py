"""Steps that several tests of signing in take."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlparse

from django.core import mail
from django.db.models import QuerySet
from rest_framework.test import APIClient

from accounts.models import Session
from animal.conftest import FIXTURE_USER_AGENT

PASSWORD = "a long enough Passw0rd"
COOKIE = "pawgle_refresh"


def sessions() -> QuerySet[Session]:
    """Those that a test opened: not those by which its actors are signed in."""
    return Session.objects.exclude(user_agent=FIXTURE_USER_AGENT)


def sign_up(client: APIClient, **fields: Any) -> Any:
    form = {"username": "Zoë", "email": "zoe@example.org", "password": PASSWORD, "confirm_password": PASSWORD}
    return client.post("/api/auth/signup/", {**form, **fields})


def sign_in(client: APIClient, email: str = "owner@example.org", password: str = PASSWORD) -> Any:
    return client.post("/api/auth/login/", {"email": email, "password": password})


def refresh(token: str | None) -> Any:
    """POST as the web client does: no body, form content type, the cookie, and nothing else."""
    client = APIClient()
    if token is not None:
        client.cookies[COOKIE] = token
    return client.post("/api/token/refresh/", "", content_type="application/x-www-form-urlencoded")


def cookie_of(response: Any) -> str:
    return str(response.cookies[COOKIE].value)


def link_in_mail() -> dict[str, str]:
    """Path and query of the one link in the last mail."""
    (link,) = re.findall(r"https?://\S+", str(mail.outbox[-1].body))
    parts = urlparse(link)
    return {"host": parts.netloc, "path": parts.path, **{key: value[0] for key, value in parse_qs(parts.query).items()}}
