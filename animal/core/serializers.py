"""Shapes that every app's API documentation uses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from animal.core.errors import Said


class KnownFields(serializers.Serializer[Any]):
    """Refuses what it does not know: a change that is silently not made looks like one that was.

    Only for routes of our own. The web client sends more than it needs to those under /api/auth/.
    """

    # {name: sentence} for those that people may look for here.
    ELSEWHERE: ClassVar[Mapping[str, Said]] = {}

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            known = {name for name, field in self.fields.items() if not field.read_only}
            unknown = [_quotable(str(name)) for name in data if name not in known]
            if unknown:
                said = {
                    name: [str(self.ELSEWHERE.get(name, _("This cannot be set here.")))]
                    for name in sorted(unknown)[:10]
                }
                raise serializers.ValidationError(said)
        return super().to_internal_value(data)


def _quotable(name: str) -> str:
    """JSON can carry names of any length, and half a surrogate pair, which no answer in UTF-8 can."""
    return name[:60].encode("utf-8", "replace").decode()


class ErrorSerializer(serializers.Serializer[Any]):
    """What every error looks like."""

    detail = serializers.CharField(help_text="What was wrong and what to do, for the person.")
    error = serializers.CharField(help_text="The same sentence.")
    message = serializers.CharField(help_text="The same sentence.")
    code = serializers.CharField(help_text="What was wrong, for programs.")
    errors = serializers.DictField(  # type: ignore[assignment] # DRF moves declared fields out of the class.
        child=serializers.ListField(child=serializers.CharField()), help_text="Sentences for each field at fault."
    )


IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="A new UUID for each thing to create. Sent again with the same body within 24 hours, the request "
    "creates nothing and gets the first answer, with `Idempotent-Replayed: true`. With another body: 422. While the "
    "first try is on its way: 409 with Retry-After.",
)
