"""Lists are bounded: the wire contract's bare arrays hold the newest 500; lists under /api/v1/ page by cursor."""

from __future__ import annotations

from rest_framework.pagination import CursorPagination

NEWEST_LIMIT = 500


class NewestFirstCursor(CursorPagination):
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200
    ordering = ("-created_at", "-id")
