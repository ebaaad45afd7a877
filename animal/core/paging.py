"""Lists are bounded: the wire contract's bare arrays hold the newest 500; lists under /api/v1/ page by cursor."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from django.utils.dateparse import parse_datetime
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request

NEWEST_LIMIT = 500


class NewestFirstCursor(CursorPagination):
    page_size = 50
    page_size_query_param = "page_size"
    page_size_query_description = "How many on a page, 200 at most."
    cursor_query_description = "From `next` or `previous` of another page. Without it, the newest."
    max_page_size = 200
    ordering = ("-created_at", "-id")

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """In the words of OpenAPI 3.1; REST framework's are those of 3.0."""
        page = {"type": ["string", "null"], "format": "uri", "example": None}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {
                "next": {**page, "description": "Address of the next page; null on the last."},
                "previous": {**page, "description": "Address of the page before; null on the first."},
                "results": schema,
            },
        }

    def decode_cursor(self, request: Request) -> Any:
        """Raises NotFound for a cursor that we did not write: a position must be a moment, as of the rows' times."""
        cursor = super().decode_cursor(request)
        if cursor is not None and cursor.position is not None and not _is_moment(str(cursor.position)):
            raise NotFound(self.invalid_cursor_message)
        return cursor


def _is_moment(text: str) -> bool:
    try:
        moment = parse_datetime(text)
        # Near the year 1 or 9999 a moment may be one in its own zone, and none in UTC.
        return moment is not None and moment.utcoffset() is not None and bool(moment.astimezone(UTC))
    except (ValueError, OverflowError):
        return False
