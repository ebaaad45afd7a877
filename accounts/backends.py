"""Sign-in by e-mail address, without regard to case."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest
from rest_framework.exceptions import Throttled

from accounts.models import User
from accounts.services.hashing import hashing_seat, hashing_turn
from accounts.services.lockout import attempt_begin, attempt_succeeded
from animal.core.errors import ServiceUnavailable
from animal.core.throttles import client_address


class EmailBackend(ModelBackend):
    """ModelBackend already looks people up by USERNAME_FIELD through `get_by_natural_key`, hashes a password for
    unknown addresses too, and refuses inactive accounts; our manager makes the look-up case-insensitive.

    The password of an account that waits for its deletion is still checked, because signing in restores it; but no
    session of our pages lives on for it.
    """

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        """With a request (the admin's form), tries are counted here; `user_sign_in` counts its own."""
        if request is None or username is None:
            return self._checked(request, username, password, **kwargs)
        try:
            with hashing_seat():
                attempt = attempt_begin(email=username, client_address=client_address(request))
                with hashing_turn():
                    user = self._checked(request, username, password, **kwargs)
        except (Throttled, ServiceUnavailable):
            return None
        if user is not None:
            attempt_succeeded(attempt)
        return user

    def _checked(self, *args: Any, **kwargs: Any) -> User | None:
        user = super().authenticate(*args, **kwargs)
        return user if isinstance(user, User) else None

    def user_can_authenticate(self, user: Any) -> bool:
        return bool(user.may_sign_in)

    def get_user(self, user_id: int) -> User | None:
        user = super().get_user(user_id)
        return user if isinstance(user, User) and user.is_active else None
