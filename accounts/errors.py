"""What goes wrong when people sign in."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import status

from animal.core.errors import ApplicationError, InvalidInput, Said, ServiceUnavailable


class NotSignedIn(ApplicationError):
    """The password, cookie or session does not sign anybody in."""

    status_code = status.HTTP_401_UNAUTHORIZED
    default_code = "not_authenticated"


class WrongCredentials(NotSignedIn):
    """The same for an unknown address, a wrong password and a disabled account."""

    default_code = "wrong_credentials"

    def __init__(
        self, message: Said = gettext_lazy("This e-mail address and password do not match."), **kwargs: Any
    ) -> None:
        super().__init__(message, **kwargs)


class SessionOver(NotSignedIn):
    """There is no live session behind the refresh token."""

    default_code = "session_over"

    def __init__(
        self, message: Said = gettext_lazy("You are signed out. Please sign in again."), **kwargs: Any
    ) -> None:
        super().__init__(message, **kwargs)


class LinkInvalid(InvalidInput):
    """A one-time link that is unknown, used, expired, meant for something else, or for a disabled account."""

    default_code = "link_invalid"

    def __init__(
        self, message: Said = gettext_lazy("This link does not work any more. Please ask for a new one."), **kwargs: Any
    ) -> None:
        super().__init__(message, **kwargs)


class PasswordRequired(InvalidInput):
    """The link resets a password and came without a new one. It stays good."""

    default_code = "password_required"

    def __init__(
        self, message: Said = gettext_lazy("Please choose a new password to go on."), *, page: str = "", **kwargs: Any
    ) -> None:
        there = _("You can do so at %(page)s") % {"page": page}
        super().__init__(f"{message} {there}" if page else message, **kwargs)


class WrongPassword(InvalidInput):
    """For somebody who is signed in: 401 would make clients throw their tokens away."""

    default_code = "wrong_password"

    def __init__(self, message: Said = gettext_lazy("This is not your current password."), **kwargs: Any) -> None:
        super().__init__(message, **kwargs)


class SignInAgain(ApplicationError):
    """What is asked for needs a fresh sign-in, because the account has no password to ask for."""

    status_code = status.HTTP_403_FORBIDDEN
    default_code = "sign_in_again"

    def __init__(
        self, message: Said = gettext_lazy("Please sign in again first, then repeat this."), **kwargs: Any
    ) -> None:
        super().__init__(message, **kwargs)


class AddressTaken(InvalidInput):
    default_code = "address_taken"

    def __init__(
        self, message: Said = gettext_lazy("There is an account with this address already."), **kwargs: Any
    ) -> None:
        super().__init__(message, **kwargs)


class AddressUnproven(ApplicationError):
    """Only those whose address is proven write to others."""

    status_code = status.HTTP_403_FORBIDDEN
    default_code = "email_unverified"

    def __init__(
        self,
        message: Said = gettext_lazy(
            "Please confirm your e-mail address first: open the link in the mail that we sent you."
        ),
        **kwargs: Any,
    ) -> None:
        super().__init__(message, **kwargs)


class GoogleRefused(NotSignedIn):
    """The ID token does not sign anybody in."""

    default_code = "google_refused"

    def __init__(
        self, message: Said = gettext_lazy("Signing in with Google did not work. Please try again."), **kwargs: Any
    ) -> None:
        super().__init__(message, **kwargs)


class GoogleUnlinked(NotSignedIn):
    """The account with this address has a proven owner, and Google cannot know that this person is still the same."""

    default_code = "google_unlinked"

    def __init__(
        self,
        message: Said = gettext_lazy(
            "There is an account with this address, which Google may not open. "
            "Please sign in with the link that we have just mailed to it."
        ),
        **kwargs: Any,
    ) -> None:
        super().__init__(message, **kwargs)


class GoogleUnconfigured(ServiceUnavailable):
    """This installation has no client id of Google's."""

    default_code = "google_unconfigured"

    def __init__(self, message: Said = gettext_lazy("Sign-in with Google is not set up here."), **kwargs: Any) -> None:
        super().__init__(message, retry_after=3600, **kwargs)
