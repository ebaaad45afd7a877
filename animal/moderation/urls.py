from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from animal.moderation import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/abuse-reports/", api.AbuseReportListApi.as_view(), name="abuse-report-list"),
    path("api/v1/blocks/", api.BlockListApi.as_view(), name="block-list"),
    path("api/v1/blocks/<int:user_id>/", api.BlockApi.as_view(), name="block"),
    path("api/v1/moderation/hide/", api.HideApi.as_view(), name="moderation-hide"),
    path("api/v1/moderation/unhide/", api.UnhideApi.as_view(), name="moderation-unhide"),
]
