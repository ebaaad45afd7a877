"""Every route. The existing web client speaks /api/auth/ and /api/token/; all else of the API is under /api/v1/."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from animal.core.api_docs import description, redoc_page, swagger_page
from animal.core.throttles import page_throttled

urlpatterns = [
    path(f"{settings.ADMIN_URL}/login/", page_throttled("login", by_address=True)(admin.site.login)),
    path(f"{settings.ADMIN_URL}/", admin.site.urls),
    path("api/schema/", description, name="schema"),
    path("api/docs/", swagger_page, name="docs"),
    path("api/redoc/", redoc_page, name="redoc"),
    path("", include("accounts.urls")),
    path("", include("animal.alerts.urls")),
    path("", include("animal.images.urls")),
    path("", include("animal.recognition.urls")),
    path("", include("animal.pets.urls")),
    path("", include("animal.reports.urls")),
    path("", include("animal.chat.urls")),
    path("", include("animal.matching.urls")),
    path("", include("animal.moderation.urls")),
    path("", include("animal.ops.urls")),
    path("", include("animal.web.api_urls")),
    path("", include("animal.web.urls")),
]

handler400 = "animal.core.views.bad_request"
handler404 = "animal.core.views.page_not_found"
handler500 = "animal.core.views.server_error"
