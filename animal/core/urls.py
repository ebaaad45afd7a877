"""Addresses of this site, for links that leave it: in mails, QR codes, and on the command line."""

from __future__ import annotations

from django.conf import settings


def site_url(path: str = "/") -> str:
    """The absolute address of `path`, which starts with a slash.

    Its base is SITE_URL; without it FRONTEND_URL, the separate web client; without both, this service on this machine.
    """
    base = settings.SITE_URL or settings.FRONTEND_URL or f"http://localhost:{settings.PORT}"
    return f"{base}{path}"
