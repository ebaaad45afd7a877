"""What is noted of every request: its id, how long it took, and that it was slow. Never its body, query or address."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from animal.core import metrics
from animal.core.scope import HEADER, Scope, request_id_from, scoped

logger = logging.getLogger("animal.slow")

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# Answered by middleware, ahead of the routes.
PROBES = frozenset({"/health", "/ready", "/api/health", "/metrics", "/api/v1/health"})


class RequestWatch:
    """The outermost middleware. What a client sends as a method or an address never becomes a label: see `route_of`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        method = request.method if request.method in METHODS else "OTHER"
        scope = Scope(request_id_from(request.headers.get(HEADER)), lambda: route_of(request))
        metrics.REQUESTS_IN_PROGRESS.inc(method)
        started = time.perf_counter()
        try:
            with scoped(scope):
                response = self.get_response(request)
                seconds = time.perf_counter() - started
                self._note(method, route_of(request), response.status_code, seconds, scope)
        finally:
            metrics.REQUESTS_IN_PROGRESS.inc(method, by=-1)
        response[HEADER] = scope.request_id
        return response

    def _note(self, method: str, route: str, status: int, seconds: float, scope: Scope) -> None:
        metrics.REQUESTS.inc(method, route, str(status))
        metrics.REQUEST_SECONDS.observe(seconds, method, route)
        if seconds > settings.SLOW_REQUEST_SECONDS:
            said = {
                "method": method,
                "route": route,
                "status": status,
                "duration_ms": round(seconds * 1000),
                "queries": scope.queries,
                "query_ms": round(scope.query_seconds * 1000),
            }
            logger.warning(
                "slow request, %d ms: %s %s, status %d, %d statements in %d ms",
                *(said[name] for name in ("duration_ms", "method", "route", "status", "queries", "query_ms")),
                extra=said,
            )


def route_of(request: HttpRequest) -> str:
    """The pattern of the route, such as `/api/auth/pets/<int:pet_id>/`: addresses hold ids and tags, and anybody can
    think up new ones."""
    match = request.resolver_match
    if match is not None:
        return f"/{match.route}"
    path = request.path.rstrip("/")
    if path in PROBES:
        return f"{path}/"
    return settings.STATIC_URL if request.path.startswith(settings.STATIC_URL) else "unmatched"
