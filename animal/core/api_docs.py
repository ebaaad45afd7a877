"""The API description and the two pages that show it: /api/schema/, /api/docs/, /api/redoc/.

Both pages come from this server alone and hold no scripts and no styles themselves. ReDoc searches in a worker that it
makes of a blob, which the Content-Security-Policy of its page alone permits.
"""

from __future__ import annotations

from csp.decorators import csp_update
from django.views.decorators.cache import cache_page
from django.views.decorators.gzip import gzip_page
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerView

KEPT_SECONDS = 60

# Half a megabyte that is made anew each time takes half a second. It holds no secret, so it may be compressed.
description = cache_page(KEPT_SECONDS)(gzip_page(SpectacularAPIView.as_view()))
swagger_page = SpectacularSwaggerView.as_view(template_name="core/swagger.html")
redoc_page = csp_update({"worker-src": ["blob:"]})(SpectacularRedocView.as_view(template_name="core/redoc.html"))
