"""Examples for the API documentation."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample

_JWT = "eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjoiNyJ9.k3Vh0bN1mZ8"
_TOKEN = "Jm0q3Zt1uY7wE5rT9pLkV2xC8sD4fG6hB1nM0aQzXyU"
_USER = {"id": 7, "username": "Zoë", "email": "zoe@example.org"}


def request_example(name: str, **value: Any) -> OpenApiExample:
    return OpenApiExample(name, value=value, request_only=True)


def answer_example(name: str, *, status: int = 200, **value: Any) -> OpenApiExample:
    return OpenApiExample(name, value=value, response_only=True, status_codes=[str(status)])


def error_example(name: str, *, status: int, code: str, sentence: str) -> OpenApiExample:
    return answer_example(name, status=status, detail=sentence, error=sentence, message=sentence, code=code, errors={})


def password_example(field: str) -> OpenApiExample:
    return request_example("By password", **{field: "zoe@example.org", "password": "a long enough Passw0rd"})


SIGN_UP_EXAMPLE = request_example(
    "A new account",
    username="Zoë",
    email="zoe@example.org",
    password="a long enough Passw0rd",  # noqa: S106 - an example
    confirm_password="a long enough Passw0rd",  # noqa: S106 - an example
)
SIGNED_UP_EXAMPLE = answer_example(
    "Signed up",
    status=201,
    message="Welcome! We have sent a mail to this address. Please open the link in it to go on.",
    user=_USER,
)
ACCESS_EXAMPLE = answer_example("Signed in", access=_JWT)
SIGNED_IN_EXAMPLE = answer_example("Signed in", access=_JWT, user=_USER)
WRONG_CREDENTIALS_EXAMPLE = error_example(
    "They do not match",
    status=401,
    code="wrong_credentials",
    sentence="This e-mail address and password do not match.",
)
LINK_EXAMPLE = request_example("A link from a mail", token=_TOKEN)
RESET_LINK_EXAMPLE = request_example(
    "A link that resets the password",
    token=_TOKEN,
    new_password="another long Passw0rd",  # noqa: S106 - an example
)
LINK_INVALID_EXAMPLE = error_example(
    "Used, expired or unknown",
    status=400,
    code="link_invalid",
    sentence="This link does not work any more. Please ask for a new one.",
)
PASSWORD_REQUIRED_EXAMPLE = error_example(
    "A reset without a new password; the link stays good",
    status=400,
    code="password_required",
    sentence="Please choose a new password to go on.",
)
EMAIL_EXAMPLE = request_example("An address", email="zoe@example.org")
OLD_RESET_EXAMPLE = request_example(
    "A reset",
    uid="Nw",
    token=_TOKEN,
    new_password="another long Passw0rd",  # noqa: S106 - an example
)
PASSWORD_CHANGE_EXAMPLE = request_example(
    "A new password",
    current_password="a long enough Passw0rd",  # noqa: S106 - an example
    new_password="another long Passw0rd",  # noqa: S106 - an example
)
EMAIL_CHANGE_EXAMPLE = request_example(
    "A new address",
    email="zoe@elsewhere.example",
    password="a long enough Passw0rd",  # noqa: S106 - an example
)
WRONG_PASSWORD_EXAMPLE = error_example(
    "Not the current password", status=400, code="wrong_password", sentence="This is not your current password."
)
SIGN_IN_AGAIN_EXAMPLE = error_example(
    "An account without a password, signed in more than 15 minutes ago",
    status=403,
    code="sign_in_again",
    sentence="Please sign in again first, then repeat this.",
)
GOOGLE_EXAMPLE = request_example("From Google's button", credential=_JWT)
GOOGLE_SIGNED_IN_EXAMPLE = answer_example("Signed in", access=_JWT, user=_USER, created=True)
GOOGLE_UNCONFIGURED_EXAMPLE = error_example(
    "Not set up", status=503, code="google_unconfigured", sentence="Sign-in with Google is not set up here."
)
DELETION_EXAMPLE = answer_example(
    "Closed",
    detail="Your account is closed and will be deleted. If you change your mind until then, sign in.",
    deletion_due_at="2026-12-05T10:00:00Z",
)
EXPORT_EXAMPLE = answer_example(
    "Ready",
    id="3f0c3a3e-6c0b-4b0e-9d55-0f0f6a2a9b11",
    state="ready",
    created_at="2026-11-21T10:00:00Z",
    ready_at="2026-11-21T10:00:04Z",
    expires_at="2026-11-28T10:00:04Z",
    downloads=["https://pawgle.example/api/v1/me/export/3f0c3a3e-6c0b-4b0e-9d55-0f0f6a2a9b11/1/"],
)
