"""Reads about people."""

from __future__ import annotations

from accounts.models import User


def user_count() -> int:
    """How many accounts there are, for the landing page's counter."""
    return User.objects.count()
