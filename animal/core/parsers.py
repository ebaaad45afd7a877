"""Request bodies without files, bounded before they are read.

Django bounds its own form parsing by DATA_UPLOAD_MAX_MEMORY_SIZE; REST framework's JSON and form parsers read all that
is sent. A body without a Content-Length is empty for WSGI, so the header can be trusted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework import parsers, status
from rest_framework.exceptions import APIException, ParseError


# Not an ApplicationError: rest_framework.views, which that module needs, loads this one while itself being loaded.
class BodyTooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"
    default_detail = "This request is too large."


def _refuse_large(stream: IO[Any]) -> None:
    length = getattr(stream, "META", {}).get("CONTENT_LENGTH") or 0
    if int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        raise BodyTooLarge


class JSONParser(parsers.JSONParser):
    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        _refuse_large(stream)
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise ParseError("JSON parse error - nested too deeply") from None


class FormParser(parsers.FormParser):
    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        _refuse_large(stream)
        return super().parse(stream, media_type, parser_context)
