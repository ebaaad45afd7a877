"""How the service is, for whoever asks; more of it for staff."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.authentication import LenientBearerAuthentication
from animal.core.errors import json_error
from animal.ops.health import health_answer, metrics_answer

EXAMPLE = {"status": "healthy", "timestamp": "2026-11-21T09:01:12.120084+00:00"}
DETAILED_EXAMPLE = {
    **EXAMPLE,
    "status": "degraded",
    "checks": {
        "database": {"status": "healthy", "response_time_ms": 0.9, "error": "", "engine": "mysql"},
        "worker": {
            "status": "degraded",
            "response_time_ms": 0.6,
            "error": "No worker has given a sign of life for 60 s.",
            "workers": 0,
            "active_tasks": 0,
        },
    },
    "metadata": {"environment": "production", "version": "0.1.0", "debug": False},
    "total_response_time_ms": 8.4,
}


class HealthSerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(
        choices=["healthy", "degraded", "unhealthy"],
        help_text="degraded: something waits, the rest works. unhealthy (503): nothing works.",
    )
    timestamp = serializers.DateTimeField(help_text="When it was looked at, at most two seconds ago.")
    checks = serializers.DictField(
        required=False, help_text="For staff: by part `status`, `response_time_ms`, `error`, and what else is known."
    )
    metadata = serializers.DictField(required=False, help_text="For staff: `environment`, `version`, `debug`.")
    total_response_time_ms = serializers.FloatField(required=False, help_text="For staff.")


class HealthApi(APIView):
    authentication_classes = (LenientBearerAuthentication,)
    permission_classes = (AllowAny,)
    # A count in a cache that hangs would hang the answer; what was found is told again for two seconds.
    throttle_classes = ()

    @extend_schema(
        operation_id="service_health",
        summary="How the service is",
        description="The parts are for staff, and for whoever sends METRICS_TOKEN as a bearer token.",
        responses=HealthSerializer,
        examples=[
            OpenApiExample("Anybody", value=EXAMPLE, response_only=True, status_codes=["200"]),
            OpenApiExample("Staff", value=DETAILED_EXAMPLE, response_only=True, status_codes=["200"]),
        ],
        tags=["service"],
    )
    def get(self, request: Request) -> JsonResponse:
        return health_answer(detailed=_is_staff(request.user) or _is_staff(self.in_browser))

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        # Who is signed in to the admin in this browser; DRF puts whoever the token names into the same place.
        self.in_browser = getattr(request, "user", None)
        return super().initialize_request(request, *args, **kwargs)


@require_safe
def metrics_view(request: HttpRequest) -> HttpResponse:
    """For staff; whoever sends METRICS_TOKEN is answered by `HealthProbes`."""
    user: Any = request.user
    if not user.is_authenticated:
        bearer = LenientBearerAuthentication().authenticate(Request(request))
        user = bearer[0] if bearer else user
    if _is_staff(user):
        return metrics_answer()
    if user.is_authenticated:
        return json_error(403, "Metrics are for staff.", "permission_denied")
    refused = json_error(401, "Send METRICS_TOKEN: Authorization: Bearer ...", "not_authenticated")
    refused["WWW-Authenticate"] = 'Bearer realm="metrics"'
    return refused


def _is_staff(user: Any) -> bool:
    return bool(user and user.is_authenticated and user.is_active and user.is_staff)
