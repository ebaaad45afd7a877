"""Examples for the API documentation.

Every request and answer shows one; a test checks each against its schema. What fails for the same reason everywhere
is shown by `ERROR_EXAMPLES`, which the real error handler makes of real errors, so that it says what is really sent.
"""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample
from rest_framework import exceptions

from animal.core.errors import BUSY, BodyTooLarge, NotFound, ServiceUnavailable, exception_handler
from animal.core.idempotency import KeyReused, StillWorking

FORM = "multipart/form-data"
# Where the examples' service runs. Names under .example and .test can belong to nobody (RFC 2606).
SITE = "https://pawgle.example"
FILE = "(a file)"


def request_example(name: str, value: dict[str, Any], *, media_type: str = "application/json") -> OpenApiExample:
    return OpenApiExample(name, value=value, request_only=True, media_type=media_type)


def answer_example(name: str, value: Any, *, status: int | None = None) -> OpenApiExample:
    """Of a 200 and a 201 when no status is given."""
    codes = None if status is None else [str(status)]
    return OpenApiExample(name, value=value, response_only=True, status_codes=codes)


def sentence_example(sentence: str, key: str = "detail") -> OpenApiExample:
    return answer_example("Done", {key: sentence})


def error_example(name: str, error: exceptions.APIException, **extra: Any) -> OpenApiExample:
    """With the body that this error is answered with; `extra` are keys that one route adds."""
    return answer_example(name, {**extra, **_answered(error)}, status=error.status_code)


def shown_error(summary: str, error: Exception) -> dict[str, Any]:
    """An OpenAPI Example Object."""
    return {"summary": summary, "value": _answered(error)}


def _answered(error: Exception) -> dict[str, Any]:
    response = exception_handler(error, {})
    assert response is not None  # noqa: S101 - only errors that the handler knows are shown
    return dict(response.data)


def missing_field(name: str) -> dict[str, Any]:
    error = exceptions.ValidationError({name: ["This field is required."]})
    return shown_error("A field is missing", error)


# For each status, the name under which OpenAPI's components hold the example, and the example.
ERROR_EXAMPLES: dict[str, tuple[str, dict[str, Any]]] = {
    "400": ("Unreadable", shown_error("The body cannot be read", exceptions.ParseError())),
    "401": ("NotAuthenticated", shown_error("Not signed in", exceptions.NotAuthenticated())),
    "403": ("PermissionDenied", shown_error("Not allowed", exceptions.PermissionDenied())),
    "404": ("NotFound", shown_error("Missing, or not for you", NotFound())),
    "409": ("StillWorking", shown_error("The first try with this key is on its way", StillWorking())),
    "413": ("TooLarge", shown_error("Too large", BodyTooLarge("This request is too large."))),
    "415": ("UnsupportedMediaType", shown_error("Another format", exceptions.UnsupportedMediaType("text/plain"))),
    "422": (
        "KeyReused",
        shown_error(
            "The key came with another body",
            KeyReused("This Idempotency-Key was used for something else. Please use a new one."),
        ),
    ),
    "429": ("Throttled", shown_error("Too many requests", exceptions.Throttled(wait=27))),
    "503": ("Busy", shown_error("Busy", ServiceUnavailable(BUSY))),
}
