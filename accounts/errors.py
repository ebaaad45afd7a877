"""What goes wrong when people sign in."""

from __future__ import annotations

from typing import Any

from rest_framework import status

from animal.core.errors import ApplicationError, InvalidInput


class NotSignedIn(ApplicationError):
    """The password, cookie or session does not sign anybody in."""

    status_code = status.HTTP_401_UNAUTHORIZED
    default_code = "not_authenticated"


class WrongCredentials(NotSignedIn):
    """The same for an unknown address, a wrong password and a disabled account."""

    default_code = "wrong_credentials"

    def __init__(self, message: str = "This e-mail address and password do not match.", **kwargs: Any) -> None:
        super().__init__(message, **kwargs)


class SessionOver(NotSignedIn):
    """There is no live session behind the refresh token."""

    default_code = "session_over"

    def __init__(self, message: str = "You are signed out. Please sign in again.", **kwargs: Any) -> None:
        super().__init__(message, **kwargs)


class LinkInvalid(InvalidInput):
    """A one-time link that is unknown, used, expired, meant for something else, or for a disabled account."""

    default_code = "link_invalid"

    def __init__(
        self, message: str = "This link does not work any more. Please ask for a new one.", **kwargs: Any
    ) -> None:
        super().__init__(message, **kwargs)
