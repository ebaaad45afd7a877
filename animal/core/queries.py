"""Every statement is timed; slow ones are logged with what they belong to and without their values.

The text of a statement holds placeholders where values stand, and passes the scrubber as every log line does.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

from animal.core import metrics
from animal.core.scope import current_scope

logger = logging.getLogger("animal.slow")

OPERATIONS = {"SELECT": "select", "INSERT": "insert", "UPDATE": "update", "DELETE": "delete"}
SHOWN_CHARACTERS = 400


def watch_connection(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Receiver of `connection_created`, which is sent again when a connection is made anew."""
    if _timed not in connection.execute_wrappers:
        connection.execute_wrappers.append(_timed)


def _timed(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    started = time.perf_counter()
    try:
        return execute(sql, params, many, context)
    finally:
        seconds = time.perf_counter() - started
        metrics.QUERY_SECONDS.observe(seconds, OPERATIONS.get(sql[:6], "other"))
        scope = current_scope()
        if scope is not None:
            scope.queries += 1
            scope.query_seconds += seconds
        if seconds > settings.SLOW_QUERY_SECONDS:
            _tell(sql, seconds, scope.name() if scope else "")


def _tell(sql: str, seconds: float, route: str) -> None:
    said = {"duration_ms": round(seconds * 1000), "route": route}
    shown = " ".join(sql.split())[:SHOWN_CHARACTERS]
    logger.warning("slow query, %d ms, in %s: %s", said["duration_ms"], route or "no request", shown, extra=said)
