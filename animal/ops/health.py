"""Health probes, answered ahead of everything else.

A middleware and not a view: probes come by IP address and plain HTTP, which the host check and the redirect to HTTPS
would refuse, and they must not depend on anything that a page needs.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from animal.core.errors import error_body
from animal.ops.database import database_answers, migrations_applied

logger = logging.getLogger(__name__)

LIVENESS = {"/health", "/health/", "/api/health", "/api/health/"}
READINESS = {"/ready", "/ready/"}


class HealthProbes:
    """`/health/`: this process serves requests. `/ready/`: so do the parts without which it cannot do its work."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path not in LIVENESS | READINESS:
            return self.get_response(request)
        if request.method not in ("GET", "HEAD"):
            refused = JsonResponse(error_body("Use GET.", code="method_not_allowed"), status=405)
            refused["Allow"] = "GET, HEAD"
            return refused
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
    try:
        cache.get("ready")
    except Exception as error:  # Whatever a cache client raises: probes never fail with a traceback.
        logger.warning("not ready: %s", error)
        return "The cache does not answer."
    return ""
