"""Google's ID tokens: what https://developers.google.com/identity/gsi/web/guides/verify-google-id-token asks to check.

Signature (RS256, by Google's published keys), audience, issuer, expiry, and that Google has verified the address.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import jwt
from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext as _

from accounts.errors import GoogleRefused, GoogleUnconfigured
from animal.core.errors import ServiceUnavailable

ISSUERS = ("https://accounts.google.com", "accounts.google.com")
KEYS = "google-signing-keys"
RECENTLY_FETCHED = "google-signing-keys-fetched"
# Tokens live for an hour; clocks differ by seconds.
CLOCK_LEEWAY_SECONDS = 10
FETCH_TIMEOUT_SECONDS = 5.0
DEFAULT_MAX_AGE_SECONDS = 3600
LONGEST_MAX_AGE_SECONDS = 86_400
# Whoever sends invented key ids does not make us ask Google each time.
REFETCH_AFTER_SECONDS = 60
MAX_TOKEN_LENGTH = 8192


@dataclass(frozen=True)
class GooglePerson:
    sub: str
    email: str
    name: str
    owns_address: bool
    """Whether Google itself hosts the address, so that nobody else can have it now: an address at Gmail, or one of a
    Workspace domain (`hd`). Of any other, Google knows only that this person once read a mail sent to it."""


def google_person(id_token: str) -> GooglePerson:
    """Whom an ID token names. Raises GoogleRefused for a token that is not to be trusted, ServiceUnavailable when
    sign-in by Google is not set up or Google's keys cannot be fetched."""
    if not settings.GOOGLE_OAUTH_CLIENT_ID:
        raise GoogleUnconfigured
    try:
        claims = jwt.decode(
            id_token,
            _key_of(id_token),
            algorithms=["RS256"],
            audience=settings.GOOGLE_OAUTH_CLIENT_ID,
            issuer=list(ISSUERS),
            leeway=CLOCK_LEEWAY_SECONDS,
            options={"require": ["exp", "iat", "iss", "aud", "sub"]},
        )
    except jwt.PyJWTError as error:
        raise GoogleRefused from error
    return _person(claims)


def _person(claims: dict[str, Any]) -> GooglePerson:
    sub, email = claims["sub"], claims.get("email")
    # Google writes true, and once wrote "true".
    verified = claims.get("email_verified") in (True, "true")
    if not verified or not isinstance(email, str) or not 0 < len(email) <= 254 or not 0 < len(sub) <= 255:
        raise GoogleRefused(_("Google has not confirmed an e-mail address of this account."))
    name = claims.get("name")
    return GooglePerson(
        sub=sub,
        email=email,
        name=name if isinstance(name, str) else "",
        owns_address=email.lower().endswith("@gmail.com") or bool(claims.get("hd")),
    )


def _key_of(id_token: str) -> Any:
    if len(id_token) > MAX_TOKEN_LENGTH:
        raise GoogleRefused
    key_id = jwt.get_unverified_header(id_token).get("kid")
    key = _find(key_id, cache.get(KEYS))
    # An unknown id: Google has changed its keys, or somebody made it up.
    if key is None and cache.add(RECENTLY_FETCHED, True, REFETCH_AFTER_SECONDS):
        key = _find(key_id, _fetch())
    if key is None:
        raise GoogleRefused
    return key


def _find(key_id: object, keys: str | None) -> Any:
    if not keys:
        return None
    return next((key.key for key in jwt.PyJWKSet.from_json(keys).keys if key.key_id == key_id), None)


def _fetch() -> str:
    """Google's keys as JSON, kept for as long as its answer allows (RFC 9111, max-age)."""
    import httpx  # On first use: every start of every process would wait for it.

    try:
        answer = httpx.get(settings.GOOGLE_KEYS_URL, timeout=FETCH_TIMEOUT_SECONDS).raise_for_status()
        keys = json.dumps(answer.json())
        jwt.PyJWKSet.from_json(keys)
    except (httpx.HTTPError, ValueError, jwt.PyJWTError) as error:
        cache.delete(RECENTLY_FETCHED)  # The next person asks again.
        raise ServiceUnavailable(_("Google does not answer now. Please try again, or use a sign-in link.")) from error
    max_age = re.search(r"max-age=(\d{1,9})", answer.headers.get("Cache-Control", ""))
    seconds = int(max_age[1]) if max_age else DEFAULT_MAX_AGE_SECONDS
    cache.set(KEYS, keys, min(seconds, LONGEST_MAX_AGE_SECONDS))
    return keys
