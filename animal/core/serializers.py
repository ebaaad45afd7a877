"""Shapes that every app's API documentation uses."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers


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
