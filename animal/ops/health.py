"""Health probes, answered ahead of everything else.

A middleware and not a view: probes come by IP address and plain HTTP, which the host check and the redirect to HTTPS
would refuse, and they must not depend on anything that a page needs. For whoever sends METRICS_TOKEN that holds of
`/metrics/` and the details of `/api/v1/health/` as well; without it their views see who asks.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare

from animal.core.errors import error_body
from animal.ops import parts
from animal.ops.bounded import look_at_all
from animal.ops.database import database_answers, migrations_applied
from animal.ops.report import LONGEST_SECONDS, health_report

logger = logging.getLogger(__name__)

LIVENESS = {"/health", "/health/", "/api/health", "/api/health/"}
READINESS = {"/ready", "/ready/"}
CACHE_IS_DOWN = "The cache does not answer."


class HealthProbes:
    """`/health/`: this process serves requests. `/ready/`: so do the parts without which it cannot do its work."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        watched = WATCHED.get(request.path) if token_fits(request) else None
        if watched is None and request.path not in LIVENESS | READINESS:
            return self.get_response(request)
        if request.method not in ("GET", "HEAD"):
            refused = JsonResponse(error_body("Use GET.", code="method_not_allowed"), status=405)
            refused["Allow"] = "GET, HEAD"
            return refused
        if watched is not None:
            response = watched()
        else:
            response = JsonResponse({"status": "alive"}) if request.path in LIVENESS else _readiness()
        response["Cache-Control"] = "no-store"
        return response


def _readiness() -> JsonResponse:
    reason = _what_is_missing()
    if not reason:
        return JsonResponse({"status": "ready"})
    response = JsonResponse({"status": "unavailable", **error_body(reason, code="unavailable")}, status=503)
    response["Retry-After"] = "5"
    return response


def _what_is_missing() -> str:
    """One sentence about the first part that does not work; empty when all do. Details go to the log only."""
    try:
        database_answers()
        if not migrations_applied():
            return "The database is not migrated to this release."
    except DatabaseError as error:
        logger.warning("not ready: %s", error)
        connection.close()
        return "The database does not answer."
    found = look_at_all({"cache": (parts.cache, CACHE_IS_DOWN)}, seconds=LONGEST_SECONDS)["cache"]
    return "" if found.status == "healthy" else CACHE_IS_DOWN


def health_answer(*, detailed: bool) -> JsonResponse:
    """The body of /api/v1/health/. 503 only when nothing works."""
    report = health_report()
    said = report.as_json(detailed=detailed)
    if report.status != "unhealthy":
        response = JsonResponse(said)
    else:
        sentence = "A part without which nothing works is down."
        response = JsonResponse({**said, **error_body(sentence, code="unavailable")}, status=503)
        response["Retry-After"] = "5"
    response["Cache-Control"] = "no-store"
    return response


def metrics_answer() -> HttpResponse:
    """The body of /metrics/."""
    from animal.ops.exposition import CONTENT_TYPE, exposition

    return HttpResponse(exposition(), content_type=CONTENT_TYPE, headers={"Cache-Control": "no-store"})


def token_fits(request: HttpRequest) -> bool:
    """Whether the request carries METRICS_TOKEN. That it comes from this machine would prove nothing: behind a proxy
    every request does."""
    scheme, _, sent = request.headers.get("Authorization", "").partition(" ")
    known: str = settings.METRICS_TOKEN
    return bool(known) and scheme.lower() == "bearer" and constant_time_compare(sent.strip(), known)


WATCHED: dict[str, Callable[[], HttpResponse]] = {
    "/metrics/": metrics_answer,
    "/metrics": metrics_answer,
    "/api/v1/health/": partial(health_answer, detailed=True),
    "/api/v1/health": partial(health_answer, detailed=True),
}
