"""What the API description says of every operation alike: the answers that are given before a view's own code runs."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework.permissions import AllowAny

from animal.core.serializers import ErrorSerializer

DESCRIPTIONS = {
    "400": "What was sent cannot be used.",
    "401": "Not signed in, or not any more.",
    "403": "Not allowed to this account.",
    "404": "It does not exist, or is not for this account.",
    "409": "Its present state does not allow this.",
    "413": "Too large.",
    "415": "Not in one of the formats that are taken here.",
    "422": "This Idempotency-Key was used for something else.",
    "429": "Too many requests.",
    "503": "A part of the service is down or busy.",
}
RETRY_AFTER = {
    "Retry-After": {"description": "Seconds to wait.", "required": True, "schema": {"type": "integer", "minimum": 0}}
}


class LocalTime(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """A time of day without a zone, which JSON Schema's format `time` (RFC 3339, section 5.6) does not allow."""

    target_class = "rest_framework.serializers.TimeField"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        return {"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?$"}


class OperationSchema(AutoSchema):
    """Views declare the answers of their own; those of the framework are added here, so that none is forgotten."""

    def get_request_serializer(self) -> Any:
        """None for a DELETE, unless its view names one: there is nothing to guess it from."""
        return None if self.method == "DELETE" else super().get_request_serializer()

    def _get_request_body(self, direction: Any = "request") -> Any:
        """Of a DELETE too: deleting one's account takes the password, which has no place in an address."""
        if self.method != "DELETE" or self.get_request_serializer() is None:
            return super()._get_request_body(direction)  # type: ignore[no-untyped-call]
        self.method = "POST"
        try:
            return super()._get_request_body(direction)  # type: ignore[no-untyped-call]
        finally:
            self.method = "DELETE"

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        error = getattr(self.view, "error_serializer", ErrorSerializer)
        for code in self._framework_codes():
            bodies.setdefault(code, self._get_response_for_code(error, code, direction=direction))  # type: ignore[no-untyped-call]
        for code, body in bodies.items():
            body["description"] = body["description"] or DESCRIPTIONS.get(code, "")
            if code in ("429", "503"):
                body["headers"] = {**RETRY_AFTER, **body.get("headers", {})}
        return dict(sorted(bodies.items()))

    def _framework_codes(self) -> list[str]:
        codes = ["503"]  # The database is busy.
        if not any(isinstance(permission, AllowAny) for permission in self.view.get_permissions()):
            codes.append("401")
        pages = self.method == "GET" and getattr(self.view, "pagination_class", None) is not None
        if "{" in self.path or pages:
            codes.append("404")  # A cursor that we did not write is a page that does not exist.
        if self._get_request_body():
            codes += ["400", "413", "415"]
        if self.view.get_throttles():
            codes.append("429")
        return codes
