"""Bodies that come whole and in UTF-8, or not at all.

Django reads a form that breaks off as far as it goes: a phone that loses its connection between the text and the photo
would file a report without the photo, and file another one when it tries again.
"""

from __future__ import annotations

import codecs
import io
import time
from collections.abc import Callable
from typing import BinaryIO, cast

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils.translation import gettext as _

from animal.core.scope import current_scope
from animal.core.views import bad_request

# What people's programs send. Python knows a hundred more, some of which are no text encodings or fail half-way.
CHARSETS = {"utf-8", "ascii", "iso8859-1"}


class WholeBodies:
    """Answers 400 to a form without its end, to a caller who goes away while sending, and to odd charsets."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.encoding and codecs.lookup(request.encoding).name not in CHARSETS:
            return bad_request(request, BadRequest(_("Please send text in UTF-8.")))
        boundary = (request.content_params or {}).get("boundary", "")
        if request.content_type == "multipart/form-data" and boundary:
            request._stream = cast(BinaryIO, _FormStream(request._stream, boundary))
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return bad_request(request, exception) if isinstance(exception, UnreadablePostError) else None


class _FormStream(io.IOBase):
    """Raises OSError at the end of a form that has no closing boundary (RFC 2046, section 5.1.1)."""

    def __init__(self, stream: BinaryIO, boundary: str) -> None:
        self._stream = stream
        self._closing = f"--{boundary}--".encode("latin-1", "replace")
        self._tail = b""
        self._is_open = True

    def read(self, size: int = -1, /) -> bytes:
        data = self._stream.read(size)
        self._look_for_end(data)
        if self._is_open and (not data or size < 0) and size != 0:
            raise OSError(_("The form breaks off."))
        return data

    def readline(self, size: int | None = -1, /) -> bytes:
        line = self._stream.readline(-1 if size is None else size)
        self._look_for_end(line)
        return line

    def _look_for_end(self, data: bytes) -> None:
        if self._is_open:
            recent = self._tail + data
            self._is_open = self._closing not in recent
            self._tail = recent[1 - len(self._closing) :]
            if not self._is_open and (scope := current_scope()):
                scope.begun = time.monotonic()  # Photos may be on their way for a minute.
