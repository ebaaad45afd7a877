"""Middleware that every request passes."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

_LEADING_SLASHES = re.compile(r"^/{2,}")


class CollapseSlashes:
    """Serve `//api/...` as `/api/...`: the web client's README asks for a base address with a trailing slash."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.path = _LEADING_SLASHES.sub("/", request.path)
        request.path_info = _LEADING_SLASHES.sub("/", request.path_info)
        return self.get_response(request)
