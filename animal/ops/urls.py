from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from animal.ops.api import HealthApi, metrics_view
from animal.ops.version_api import VersionApi

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/health/", HealthApi.as_view()),
    path("api/v1/version/", VersionApi.as_view()),
    path("metrics/", metrics_view),
]
