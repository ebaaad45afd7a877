"""Matches, as one of the two has them. They go with the reports and pets that they pair."""

from __future__ import annotations

from typing import Any

from accounts.models import User
from animal.matching.selectors import matches_of


def collect(user: User) -> list[dict[str, Any]]:
    return [
        {
            "my_side": "lost" if match.owner_id == user.pk else "found",
            "status": match.status,
            "similarity": match.similarity,
            "reasons": match.reasons,
            "created_at": match.created_at,
            "settled_at": match.settled_at,
        }
        for match in matches_of(user).order_by("pk")
    ]
