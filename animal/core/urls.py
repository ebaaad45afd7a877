"""Addresses of this site, for links that leave it: in mails, QR codes, and on the command line."""

from __future__ import annotations

from django.conf import settings


def site_url(path: str = "/") -> str:
    """The absolute address of `path`, which starts with a slash.

    Its base is SITE_URL; without it FRONTEND_URL, the separate web client; without both, this service on this machine.
    """
    base = settings.SITE_URL or settings.FRONTEND_URL or f"http://localhost:{settings.PORT}"
    return f"{base}{path}"


def service_url(path: str = "/") -> str:
    """The absolute address of `path` of this service itself; "" when nobody has said where that is.

    Its base is API_URL. Without it that of `site_url`, unless that belongs to a separate web client (FRONTEND_URL).
    """
    if settings.API_URL:
        return f"{settings.API_URL}{path}"
    return "" if settings.FRONTEND_URL else site_url(path)
