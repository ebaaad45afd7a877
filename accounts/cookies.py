"""The refresh token's cookie: out of reach of scripts, and sent to this site alone."""

from __future__ import annotations

from typing import Literal, cast

from django.conf import settings
from django.http.response import HttpResponseBase


def _same_site() -> Literal["Lax", "Strict", "None"]:
    return cast(Literal["Lax", "Strict", "None"], settings.REFRESH_COOKIE_SAMESITE)  # env_choice allows no other.


def set_refresh_cookie(response: HttpResponseBase, refresh_token: str) -> None:
    response.set_cookie(
        settings.REFRESH_COOKIE_NAME,
        refresh_token,
        max_age=settings.REFRESH_TOKEN_LIFETIME,
        path=settings.REFRESH_COOKIE_PATH,
        domain=settings.REFRESH_COOKIE_DOMAIN,
        secure=settings.REFRESH_COOKIE_SECURE,
        httponly=True,
        samesite=_same_site(),
    )


def clear_refresh_cookie(response: HttpResponseBase) -> None:
    response.delete_cookie(
        settings.REFRESH_COOKIE_NAME,
        path=settings.REFRESH_COOKIE_PATH,
        domain=settings.REFRESH_COOKIE_DOMAIN,
        samesite=_same_site(),
    )
