"""One error type, one handler, one shape on the wire.

Every error answer is `{"detail", "error", "message", "code", "errors"}`. The first three carry the same sentence,
because the existing web client reads a different one of them on every page.
"""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING, Any, TypeAlias

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404, HttpRequest, JsonResponse
from django.utils.translation import gettext, gettext_lazy, gettext_noop
from django.utils.translation import gettext as _
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_exception_handler

from animal.core.connections import DATABASE_AWAY
from animal.core.refusals import try_again_in

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# A sentence, or one that becomes one in the language of whoever reads it.
Said: TypeAlias = "str | _StrPromise"

logger = logging.getLogger(__name__)

DATABASE_RETRY_SECONDS = 5
BUSY = gettext_lazy("The service is busy. Please try again in a moment.")


class ApplicationError(exceptions.APIException):
    """Base of what our services raise: a sentence for the person, a code for the machine, an HTTP status."""

    status_code: int = status.HTTP_400_BAD_REQUEST
    default_code = "invalid"

    def __init__(self, message: Said, *, code: str | None = None, errors: dict[str, list[str]] | None = None) -> None:
        super().__init__(str(message), code)
        self.errors = errors or {}
        self.file_name = ""  # Of the one that was refused, as its person knows it.


class InvalidInput(ApplicationError):
    """What the caller sent cannot be used."""


class NotFound(ApplicationError):
    """Missing, or not for this actor: both answer alike."""

    status_code = status.HTTP_404_NOT_FOUND
    default_code = "not_found"

    def __init__(self, message: Said = gettext_lazy("Not found."), **kwargs: Any) -> None:
        super().__init__(message, **kwargs)


class Conflict(ApplicationError):
    """The object is in a state that does not allow this."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"


class ServiceUnavailable(ApplicationError):
    """A part we depend on is down; `retry_after` is in seconds."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "unavailable"

    def __init__(self, message: Said, *, retry_after: int = 30, **kwargs: Any) -> None:
        super().__init__(message, **kwargs)
        self.retry_after = retry_after


class BodyTooLarge(ApplicationError):
    """More text than anybody has a reason to send. Files have their own limit: see the image service."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"


def error_body(message: Said, *, code: str, errors: dict[str, list[str]] | None = None) -> dict[str, Any]:
    message = _encodable(str(message))
    clean = {field: [_encodable(sentence) for sentence in sentences] for field, sentences in (errors or {}).items()}
    return {"detail": message, "error": message, "message": message, "code": code, "errors": clean}


def _encodable(text: str) -> str:
    """Sentences may quote what was sent, and JSON can carry half a surrogate pair, which no answer in UTF-8 can."""
    return text.encode("utf-8", "replace").decode()


def _flatten(data: Any, prefix: str = "") -> dict[str, list[str]]:
    """Turn DRF's nested validation errors into {"field.sub": ["sentence", ...]}."""
    if isinstance(data, dict):
        flat: dict[str, list[str]] = {}
        for key, value in data.items():
            flat.update(_flatten(value, f"{prefix}.{key}" if prefix else str(key)))
        return flat
    if isinstance(data, list) and any(isinstance(item, dict) for item in data):
        flat = {}
        for position, item in enumerate(data):
            flat.update(_flatten(item, f"{prefix}.{position}" if prefix else str(position)))
        return flat
    items = data if isinstance(data, list) else [data]
    return {prefix or "non_field_errors": [str(item) for item in items]}


def _first_sentence(errors: dict[str, list[str]]) -> str:
    for field, sentences in errors.items():
        if sentences:
            return sentences[0] if field == "non_field_errors" else f"{field_label(field)}: {sentences[0]}"
    return _("The request could not be understood.")


# Where the words of the name are not what a person would say.
LABELS = {
    "additionalInfo": gettext_lazy("Additional information"),
    "contact_email": gettext_lazy("Your e-mail address"),
    "contact_name": gettext_lazy("Your name"),
    "contact_phone": gettext_lazy("Your phone number"),
    "email": gettext_lazy("E-mail address"),
    "isPublic": gettext_lazy("Public"),
    "pet_id": gettext_lazy("Pet"),
    "pet_location_id": gettext_lazy("Report"),
    "center_lat": gettext_lazy("Latitude"),
    "center_lon": gettext_lazy("Longitude"),
    "radius_km": gettext_lazy("Radius"),
    "username": gettext_lazy("Name"),
}
# What the pages' forms call by the field's own name.
OWN_NAMES = (
    gettext_noop("animal name"),
    gettext_noop("attachments"),
    gettext_noop("body"),
    gettext_noop("breed"),
    gettext_noop("category"),
    gettext_noop("chip number"),
    gettext_noop("colours"),
    gettext_noop("description"),
    gettext_noop("image"),
    gettext_noop("images"),
    gettext_noop("label"),
    gettext_noop("last seen date"),
    gettext_noop("last seen time"),
    gettext_noop("latitude"),
    gettext_noop("longitude"),
    gettext_noop("medical note"),
    gettext_noop("message"),
    gettext_noop("name"),
    gettext_noop("new password"),
    gettext_noop("password"),
    gettext_noop("photos"),
    gettext_noop("place"),
    gettext_noop("sex"),
    gettext_noop("show notes"),
    gettext_noop("size"),
    gettext_noop("status"),
    gettext_noop("status filter"),
    gettext_noop("temperament note"),
    gettext_noop("type"),
)


def field_label(name: str) -> str:
    """What people call a field: "contact_name" is "Your name", and "photos.1" is "Photos 2"."""
    words = [str(int(part) + 1) if part.isdecimal() else _part_label(part) for part in name.split(".")]
    label = " ".join(word for word in words if word)
    return label[:1].upper() + label[1:]


def _part_label(part: str) -> str:
    return str(LABELS[part]) if part in LABELS else gettext(part.replace("_", " "))


def _sentence(exc: exceptions.APIException, said: str) -> str:
    """What people read. The framework's own sentences name parts of it; those of our services stay as they are."""
    if isinstance(exc, exceptions.NotAuthenticated) and said == str(exceptions.NotAuthenticated.default_detail):
        return _("Please sign in first.")
    if isinstance(exc, exceptions.MethodNotAllowed):
        return _("This cannot be done here. The header Allow names what can.")
    if isinstance(exc, exceptions.UnsupportedMediaType):
        return _("This route does not take this Content-Type. Please send JSON, or a form where there are files.")
    if isinstance(exc, exceptions.Throttled) and said.startswith(str(exceptions.Throttled.default_detail)):
        return try_again_in(math.ceil(getattr(exc, "wait", None) or 1))
    return said


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's hook: answer every handled exception in our shape; anything else becomes Django's 500 (also JSON)."""
    if isinstance(exc, DjangoValidationError):
        exc = exceptions.ValidationError(getattr(exc, "message_dict", None) or exc.messages)
    if isinstance(exc, DATABASE_AWAY):
        logger.warning("database unavailable: %s", type(exc).__name__)
        exc = ServiceUnavailable(BUSY, retry_after=DATABASE_RETRY_SECONDS)
    if isinstance(exc, RequestDataTooBig):
        exc = BodyTooLarge(_("This request is too large."))
    if isinstance(exc, Http404):
        exc = NotFound()
    elif isinstance(exc, PermissionDenied):
        exc = exceptions.PermissionDenied()
    response = drf_exception_handler(exc, context)
    if response is None or not isinstance(exc, exceptions.APIException):
        return response
    if isinstance(exc, exceptions.ValidationError):
        errors = _flatten(exc.detail)
        response.data = error_body(_first_sentence(errors), code="invalid", errors=errors)
    else:
        data = response.data if isinstance(response.data, dict) else {}
        code = str(data.get("code") or getattr(exc.detail, "code", None) or exc.default_code)
        sentence = _sentence(exc, str(data.get("detail", exc)))
        response.data = error_body(sentence, code=code, errors=getattr(exc, "errors", None))
        if "messages" in data:
            response.data["messages"] = data["messages"]
    if isinstance(getattr(exc, "retry_after", None), int):
        response["Retry-After"] = str(exc.retry_after)  # type: ignore[attr-defined]
    return response


def is_api_request(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def json_error(status_code: int, message: Said, code: str) -> JsonResponse:
    return JsonResponse(error_body(message, code=code), status=status_code)
