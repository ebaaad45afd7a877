"""How a log line looks: for people on a console, or as one JSON object for a program that collects them.

Both are scrubbed of what locates or contacts a person, and carry the id of the request or task that they belong to.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from animal.core.privacy import ScrubbedFormatter, scrubbed
from animal.core.scope import current_scope

# What a line may say beside its message (`extra=`). Anything else that a library attaches, such as the whole request,
# could hold what nobody meant to write.
FIELDS = ("route", "method", "status", "duration_ms", "queries", "query_ms", "bytes")


class ConsoleLines(ScrubbedFormatter):
    """`time LEVEL logger: message [id]`. The id was checked when it came in, so the scrubber need not see it."""

    def format(self, record: logging.LogRecord) -> str:
        first, break_, traceback = super().format(record).partition("\n")
        request_id = _request_id(record)
        return f"{first} [{request_id}]{break_}{traceback}" if request_id else first + break_ + traceback


class JsonLines(JsonFormatter):
    """One object a line: time, level, logger, message, process, FIELDS; in a request or task request_id and scope."""

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        log_data["time"] = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        log_data["level"] = record.levelname
        log_data["logger"] = record.name
        log_data["message"] = scrubbed(record.message or str(record.msg))
        log_data["process"] = record.process
        if request_id := _request_id(record):
            log_data["request_id"] = request_id
        if scope := current_scope():
            log_data["scope"] = scope.name()
        for name in FIELDS:
            if (value := getattr(record, name, None)) is not None:
                log_data[name] = scrubbed(value) if isinstance(value, str) else value
        for name in ("exc_info", "stack_info"):
            if text := message_dict.get(name):
                log_data[name] = scrubbed(str(text))


def _request_id(record: logging.LogRecord) -> str:
    """The web server's own lines, which it writes when a request is over, bring theirs along."""
    scope = current_scope()
    return scope.request_id if scope else str(getattr(record, "request_id", ""))
