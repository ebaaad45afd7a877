"""Random tokens and what may be stored of them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import cast

from django.conf import settings
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import AccessToken

from accounts.models import User


def random_token() -> str:
    """256 random bits in base64url, whose alphabet needs no escaping in addresses and cookies."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What is stored of a token. Tokens have 256 random bits, so a plain SHA-256 cannot be searched backwards."""
    return hashlib.sha256(token.encode()).hexdigest()


def derived_token(token: str, salt: str) -> str:
    """The successor of `token` under `salt`: HMAC-SHA256 (RFC 2104). One needs both to know it."""
    mac = hmac.new(token.encode(), salt.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def access_token(user: User, refresh_token: str) -> str:
    """A JWT that names the user for ACCESS_TOKEN_LIFETIME; claim `user_id` is a string of digits.

    Claim `sid` names the session, with which the token dies: see `accounts.authentication`.
    """
    token = AccessToken.for_user(user)
    token["sid"] = refresh_token.partition(".")[0]
    return str(token)


def of_an_earlier_key(raw_token: bytes) -> AccessToken | None:
    """The token if one of SECRET_KEY_FALLBACKS signed it: a change of the key signs nobody out."""
    for key in settings.SECRET_KEY_FALLBACKS:
        backend = TokenBackend(api_settings.ALGORITHM, signing_key=key, leeway=api_settings.LEEWAY)
        kind = type("EarlierAccessToken", (AccessToken,), {"_token_backend": backend})
        try:
            return cast(AccessToken, kind(raw_token))
        except TokenError:
            continue
    return None
