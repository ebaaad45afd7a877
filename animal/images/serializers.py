"""What the uploader of a picture is told about it."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from animal.images.examples import IMAGE_EXAMPLE
from animal.images.models import Image
from animal.images.selectors import SIZES, image_url


class ImageUrlsSerializer(serializers.Serializer[dict[str, str]]):
    master = serializers.URLField()
    rendition = serializers.URLField()
    thumbnail = serializers.URLField()


class ReportSuggestionSerializer(serializers.Serializer[dict[str, Any]]):
    """When and where the photo was taken. A field is null when the camera did not write it."""

    last_seen_date = serializers.DateField(allow_null=True)
    last_seen_time = serializers.TimeField(allow_null=True)
    latitude = serializers.FloatField(allow_null=True)
    longitude = serializers.FloatField(allow_null=True)


@extend_schema_serializer(examples=[IMAGE_EXAMPLE])
class ImageSerializer(serializers.Serializer[Image]):
    id = serializers.UUIDField()
    source = serializers.ChoiceField(choices=Image.Source.choices)  # type: ignore[assignment]
    original_format = serializers.CharField()
    original_bytes = serializers.IntegerField()
    sha256 = serializers.CharField(help_text="Of the file as it was uploaded.")
    width = serializers.IntegerField(help_text="Of the master, in pixels.")
    height = serializers.IntegerField(help_text="Of the master, in pixels.")
    urls = serializers.SerializerMethodField()
    camera_make = serializers.CharField()
    camera_model = serializers.CharField()
    taken_at = serializers.DateTimeField(source="private_taken_at", allow_null=True)
    suggestion = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()

    @extend_schema_field(ImageUrlsSerializer)
    def get_urls(self, image: Image) -> dict[str, str]:
        return {size: image_url(image, size, self.context.get("request")) for size in SIZES}

    @extend_schema_field(ReportSuggestionSerializer)
    def get_suggestion(self, image: Image) -> dict[str, Any]:
        taken_at = image.private_taken_at
        values = {
            "last_seen_date": taken_at.date() if taken_at else None,
            "last_seen_time": taken_at.time().replace(microsecond=0) if taken_at else None,
            "latitude": image.private_latitude,
            "longitude": image.private_longitude,
        }
        return dict(ReportSuggestionSerializer(values).data)
