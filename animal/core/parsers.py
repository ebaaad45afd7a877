"""JSON bodies. Their size is bounded by Django (DATA_UPLOAD_MAX_MEMORY_SIZE), their depth here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext_lazy
from rest_framework import parsers
from rest_framework.exceptions import ParseError

# Whoever walks through the values afterwards needs two or three frames for each level, of Python's one thousand.
MAX_DEPTH = 100
TOO_DEEP = gettext_lazy("This JSON is nested too deeply.")
NO_JSON = gettext_lazy("This is no JSON that can be read.")


class JSONParser(parsers.JSONParser):
    """REST framework's parser, for which a hundred thousand opening brackets are not an error of ours."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            value = super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise ParseError(TOO_DEEP) from None
        except ParseError:
            raise ParseError(NO_JSON) from None  # The framework's sentence quotes Python's exception.
        if _is_deeper(value, MAX_DEPTH):
            raise ParseError(TOO_DEEP)
        return value


def _is_deeper(value: Any, depth: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    children = value.values() if isinstance(value, dict) else value
    return depth == 0 or any(_is_deeper(child, depth - 1) for child in children)
