"""A part of the map, as the web names it: `west,south,east,north` in degrees (RFC 7946, section 5)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from django.db.models import Q

from animal.core.errors import InvalidInput


@dataclass(frozen=True)
class BoundingBox:
    """West is greater than east when the box crosses the date line."""

    west: float
    south: float
    east: float
    north: float

    def contains(self, *, latitude: str, longitude: str) -> Q:
        """As a filter on the columns of these names. The edges belong to the box."""
        between = Q(**{f"{latitude}__gte": self.south, f"{latitude}__lte": self.north})
        after_west, before_east = Q(**{f"{longitude}__gte": self.west}), Q(**{f"{longitude}__lte": self.east})
        return between & ((after_west | before_east) if self.west > self.east else (after_west & before_east))


def bbox_parse(text: str) -> BoundingBox:
    """Raises InvalidInput with a sentence that says how a box is written."""
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except (ValueError, OverflowError):
        raise refused_bbox() from None
    in_range = all(-180 <= lon <= 180 for lon in (west, east)) and -90 <= south <= north <= 90
    if not in_range or not all(math.isfinite(edge) for edge in (west, south, east, north)):
        raise refused_bbox()
    return BoundingBox(west, south, east, north)


def refused_bbox() -> InvalidInput:
    sentence = "bbox must be west,south,east,north in degrees, for example 77.0,28.4,77.4,28.8."
    return InvalidInput(sentence, errors={"bbox": [sentence]})
