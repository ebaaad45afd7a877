"""The account itself, in the archive of all that we hold of a person."""

from __future__ import annotations

from typing import Any

from accounts.models import User


def collect(user: User) -> dict[str, Any]:
    return {
        "id": user.pk,
        "display_name": user.username,
        "email": user.email,
        "email_proven_at": user.email_verified_at,
        "joined_at": user.date_joined,
        "last_sign_in_at": user.last_login,
        "google_accounts": [dict(row) for row in user.google_identities.order_by("pk").values("sub", "created_at")],
        "sessions": [
            dict(row)
            for row in user.sessions.order_by("created_at").values(
                "user_agent", "created_at", "last_seen_at", "expires_at", "ended_at", "ended_reason"
            )
        ],
    }
