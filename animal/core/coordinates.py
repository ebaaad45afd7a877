"""Points on Earth, as people and programs send them."""

from __future__ import annotations

import math
from typing import Any

from rest_framework import serializers


class FiniteFloatField(serializers.FloatField):
    """A number. NaN would pass every range check, since no comparison with it is true; so it is refused here."""

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool):
            self.fail("invalid")
        try:
            value = super().to_internal_value(data)
        except OverflowError:  # An integer of more than 308 digits.
            self.fail("invalid")
        if not math.isfinite(value):
            self.fail("invalid")
        return value


class LatitudeField(FiniteFloatField):
    """Degrees, -90 to 90 (WGS 84)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=-90, max_value=90, **kwargs)


class LongitudeField(FiniteFloatField):
    """Degrees, -180 to 180 (WGS 84)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=-180, max_value=180, **kwargs)
