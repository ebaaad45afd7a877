"""Which release runs here, and whether the client that asks is too old for it."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from animal.core.env import version_key
from animal.core.mail_settings import FILES
from animal.ops.release import release_here


def version_report(*, client_version: str = "", client_build: str = "") -> dict[str, Any]:
    """`client_version` such as 1.4.0 and `client_build` such as 57, "" where the client does not say.

    One that says no version is told nothing of itself: browsers load what fits this release anyway.
    """
    required, recommended = settings.CLIENT_VERSION_REQUIRED, settings.CLIENT_VERSION_RECOMMENDED
    must = _is_older(client_version, client_build, required)
    return {
        "version": settings.SPECTACULAR_SETTINGS["VERSION"],
        "release": release_here(),
        "required_client_version": required,
        "recommended_client_version": recommended,
        "update_required": must,
        "update_recommended": must or _is_older(client_version, client_build, recommended),
        "features": {
            "google_sign_in": bool(settings.GOOGLE_OAUTH_CLIENT_ID),
            "mail": settings.EMAIL_BACKEND != FILES,
            "answers_by_mail": bool(settings.REPLIES_EMAIL and settings.FORWARD_REPLY_SECRET),
        },
        "limits": {"max_upload_size_mb": settings.MAX_UPLOAD_SIZE_MB, "max_pet_photos": settings.MAX_PET_PHOTOS},
    }


def _is_older(version: str, build: str, least: str) -> bool:
    if not version or not least:
        return False
    return version_key(f"{version}+{build or 0}") < version_key(least)
