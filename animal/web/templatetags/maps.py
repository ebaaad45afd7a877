"""What the scripts of maps need to know: where the files are, and what the operator has set."""

from __future__ import annotations

from typing import Any

from django import template
from django.conf import settings

register = template.Library()


@register.inclusion_tag("web/_map_setup.html")
def map_setup() -> dict[str, Any]:
    return {"tiles": settings.MAP_TILE_URL, "attribution": settings.MAP_ATTRIBUTION}


@register.simple_tag
def has_geocoder() -> bool:
    return bool(settings.GEOCODER_URL)
