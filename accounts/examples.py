"""Examples for the API documentation. Zoë has lost her cat Milo; see also the examples of the other apps."""

from __future__ import annotations

from accounts.errors import (
    GoogleRefused,
    GoogleUnconfigured,
    GoogleUnlinked,
    LinkInvalid,
    PasswordRequired,
    SessionOver,
    SignInAgain,
    WrongCredentials,
    WrongPassword,
)
from animal.core.examples import SITE, answer_example, error_example, request_example

_JWT = "eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjoiNyJ9.k3Vh0bN1mZ8"
_TOKEN = "Jm0q3Zt1uY7wE5rT9pLkV2xC8sD4fG6hB1nM0aQzXyU"
_EMAIL = "zoe@pawgle.example"
_PASSWORD = "a long enough Passw0rd"
_NEW_PASSWORD = "another long Passw0rd"
USER = {"id": 7, "username": "Zoë", "email": _EMAIL}

SIGN_UP_EXAMPLE = request_example(
    "A new account",
    {"username": "Zoë", "email": _EMAIL, "password": _PASSWORD, "confirm_password": _PASSWORD},
)
SIGNED_UP_EXAMPLE = answer_example(
    "Signed up",
    {"message": "Welcome! We have sent a mail to this address. Please open the link in it to go on.", "user": USER},
    status=201,
)
SIGN_IN_EXAMPLE = request_example("By password", {"email": _EMAIL, "password": _PASSWORD})
TOKEN_OBTAIN_EXAMPLE = request_example("By password", {"username": _EMAIL, "password": _PASSWORD})
ACCESS_EXAMPLE = answer_example("Signed in", {"access": _JWT})
SIGNED_IN_EXAMPLE = answer_example("Signed in", {"access": _JWT, "user": USER})
WRONG_CREDENTIALS_EXAMPLE = error_example("They do not match", WrongCredentials())
SESSION_OVER_EXAMPLE = error_example("No cookie, or one that is used up", SessionOver())
LINK_EXAMPLE = request_example("A link from a mail", {"token": _TOKEN})
RESET_LINK_EXAMPLE = request_example(
    "A link that resets the password", {"token": _TOKEN, "new_password": _NEW_PASSWORD}
)
LINK_INVALID_EXAMPLE = error_example("Used, expired or unknown", LinkInvalid())
PASSWORD_REQUIRED_EXAMPLE = error_example("A reset without a new password; the link stays good", PasswordRequired())
EMAIL_EXAMPLE = request_example("An address", {"email": _EMAIL})
OLD_LINK_EXAMPLE = request_example("A link from a mail", {"uid": "Nw", "token": _TOKEN})
OLD_RESET_EXAMPLE = request_example("A reset", {"uid": "Nw", "token": _TOKEN, "new_password": _NEW_PASSWORD})
CONFIRMED_EXAMPLE = answer_example(
    "Confirmed", {"message": "Thank you, your address is confirmed. You can sign in now.", "access": ""}
)
CONFIRMED_AND_SIGNED_IN_EXAMPLE = answer_example(
    "Confirmed and signed in", {"message": "Thank you, your address is confirmed.", "access": _JWT}
)
PASSWORD_CHANGE_EXAMPLE = request_example(
    "A new password", {"current_password": _PASSWORD, "new_password": _NEW_PASSWORD}
)
EMAIL_CHANGE_EXAMPLE = request_example("A new address", {"email": "zoe@elsewhere.example", "password": _PASSWORD})
WRONG_PASSWORD_EXAMPLE = error_example("Not the current password", WrongPassword())
SIGN_IN_AGAIN_EXAMPLE = error_example(
    "An account without a password, signed in more than 15 minutes ago", SignInAgain()
)
GOOGLE_EXAMPLE = request_example("From Google's button", {"credential": _JWT})
GOOGLE_SIGNED_IN_EXAMPLE = answer_example("Signed in", {"access": _JWT, "user": USER, "created": True})
GOOGLE_REFUSED_EXAMPLE = error_example("Not from Google, or not for us", GoogleRefused())
GOOGLE_UNLINKED_EXAMPLE = error_example("Of an address that Google does not host", GoogleUnlinked())
GOOGLE_UNCONFIGURED_EXAMPLE = error_example("Not set up", GoogleUnconfigured())
USER_COUNT_EXAMPLE = answer_example("Some", {"user_count": 1204})
SESSION_EXAMPLE = answer_example(
    "This browser",
    {
        "id": "6afdc592-8dcf-4e65-a1e2-a6ed19f44cd4",
        "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0",
        "created_at": "2026-11-21T07:23:40.670797Z",
        "last_seen_at": "2026-11-21T09:01:12.120084Z",
        "expires_at": "2026-12-05T09:01:12.120084Z",
        "is_current": True,
    },
)
ACCOUNT_DELETE_EXAMPLE = request_example("By password", {"password": _PASSWORD})
DELETION_EXAMPLE = answer_example(
    "Closed",
    {
        "detail": "Your account is closed and will be deleted. If you change your mind until then, sign in.",
        "deletion_due_at": "2026-12-05T10:00:00Z",
    },
)
_EXPORT = {"id": "3f0c3a3e-6c0b-4b0e-9d55-0f0f6a2a9b11", "created_at": "2026-11-21T10:00:00Z"}
EXPORT_REQUESTED_EXAMPLE = answer_example(
    "On its way",
    {**_EXPORT, "state": "pending", "ready_at": None, "expires_at": "2026-11-28T10:00:00Z", "downloads": []},
    status=202,
)
EXPORT_EXAMPLE = answer_example(
    "Ready",
    {
        **_EXPORT,
        "state": "ready",
        "ready_at": "2026-11-21T10:00:04Z",
        "expires_at": "2026-11-28T10:00:04Z",
        "downloads": [f"{SITE}/api/v1/me/export/3f0c3a3e-6c0b-4b0e-9d55-0f0f6a2a9b11/1/"],
    },
)
