"""The account itself, in the archive of all that we hold of a person."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from accounts.models import User
from animal.core.models import OutgoingMail


def collect(user: User) -> dict[str, Any]:
    return {
        "id": user.pk,
        "display_name": user.username,
        "email": user.email,
        "email_proven_at": user.email_verified_at,
        "language": user.language,
        "joined_at": user.date_joined,
        "last_sign_in_at": user.last_login,
        "google_accounts": [dict(row) for row in user.google_identities.order_by("pk").values("sub", "created_at")],
        "links": [
            dict(row)
            for row in user.one_time_tokens.order_by("created_at").values(
                "purpose", "new_email", "created_at", "expires_at", "used_at"
            )
        ],
        "exports": [dict(row) for row in user.data_exports.order_by("created_at").values("state", "created_at")],
        "mails": [
            dict(row)
            for row in OutgoingMail.objects.filter(mails_shown_to(user))
            .order_by("pk")
            .values("subject", "created_at", "sent_at")
        ],
        "sessions": [
            dict(row)
            for row in user.sessions.order_by("created_at").values(
                "user_agent", "created_at", "last_seen_at", "expires_at", "ended_at", "ended_reason"
            )
        ],
    }


def mails_shown_to(user: User) -> Q:
    """Of an address that is not proven, only those of its sign-up: others may be somebody else's, who wrote to people
    as a guest."""
    return mails_to(user) if user.email_verified_at is not None else mails_to(user) & Q(key__startswith="verify-email:")


def mails_to(user: User) -> Q:
    """Those to the present address, and those about a change of it, which went to another one."""
    about_change = Q(key__startswith=f"change-email:{user.pk}:") | Q(key__startswith=f"email-changed:{user.pk}:")
    return Q(to_email__iexact=user.email) | about_change
