"""The API description and the two pages that show it: /api/schema/, /api/docs/, /api/redoc/.

Both pages come from this server alone. They hold no scripts themselves; Swagger UI and ReDoc do set styles, and ReDoc
searches in a worker that it makes of a blob, which the Content-Security-Policy of these two pages alone permits.
"""

from __future__ import annotations

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.views.decorators.cache import cache_page
from django.views.decorators.gzip import gzip_page
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerView

KEPT_SECONDS = 60

_relaxed = csp_update({"style-src": [SELF, UNSAFE_INLINE], "worker-src": ["blob:"]})

# Half a megabyte that is made anew each time takes half a second. It holds no secret, so it may be compressed.
description = cache_page(KEPT_SECONDS)(gzip_page(SpectacularAPIView.as_view()))
swagger_page = _relaxed(SpectacularSwaggerView.as_view(template_name="core/swagger.html"))
redoc_page = _relaxed(SpectacularRedocView.as_view(template_name="core/redoc.html"))
