"""Sign-in by e-mail address, without regard to case."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend

from accounts.models import User


class EmailBackend(ModelBackend):
    """ModelBackend already looks people up by USERNAME_FIELD through `get_by_natural_key`, hashes a password for
    unknown addresses too, and refuses inactive accounts; our manager makes the look-up case-insensitive.

    The password of an account that waits for its deletion is still checked, because signing in restores it; but no
    session of our pages lives on for it.
    """

    def user_can_authenticate(self, user: Any) -> bool:
        return bool(user.may_sign_in)

    def get_user(self, user_id: int) -> User | None:
        user = super().get_user(user_id)
        return user if isinstance(user, User) and user.is_active else None
