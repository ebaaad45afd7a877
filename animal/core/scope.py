"""What the work at hand belongs to: one request, or one background task, and the id that both carry.

A request has the id of its header `X-Request-ID`, else a fresh one. It stands in every log line and error report of the
request, in its answer, and in the row of every task that the request asks for; the task's own lines, and the tasks that
it asks for, carry it on. So one search in the logs shows all that followed from one click.

A context variable of our own: django-guid takes GUIDs only, ties in with Celery, and knows no tasks of django-q2.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from animal.core.privacy import scrubbed

HEADER = "X-Request-ID"
MAX_LENGTH = 64
_SHAPE = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]{{7,{MAX_LENGTH - 1}}}", re.ASCII)
# As proxies draw them. The scrubber would take them for numbers of photos.
_UUID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)


@dataclass(slots=True)
class Scope:
    """`name` says what it is: the pattern of a route, never an address, or the name of a task. Asked for when needed:
    the route is known only once the request has found its view."""

    request_id: str
    name: Callable[[], str]
    queries: int = 0
    query_seconds: float = 0.0
    # For a database that kept it waiting, as working ones do not.
    stalled_seconds: float = 0.0
    # For what became of a COMMIT; None: there has been no need.
    looks_until: float | None = None
    # From then on somebody waits for the answer: of a form, when all of it has come.
    begun: float = field(default_factory=time.monotonic)


_scope: ContextVar[Scope | None] = ContextVar("scope", default=None)


def current_scope() -> Scope | None:
    return _scope.get()


def current_request_id() -> str:
    """Empty outside of requests and tasks."""
    scope = _scope.get()
    return scope.request_id if scope else ""


def request_id_from(sent: str | None) -> str:
    """What a client or proxy sent, if it can be an id: 8 to 64 letters, digits and `.`, `_`, `-`. Else a fresh one.

    An id is written to logs as it is, so what reads like a phone number, a token or a place is none.
    """
    if sent and _SHAPE.fullmatch(sent) and (_UUID.fullmatch(sent) or scrubbed(sent) == sent):
        return sent
    return new_request_id()


def new_request_id() -> str:
    return secrets.token_hex(8)


@contextmanager
def scoped(scope: Scope) -> Iterator[Scope]:
    token = _scope.set(scope)
    try:
        yield scope
    finally:
        _scope.reset(token)
