"""What the uploader of a picture is told about it."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from animal.images.examples import IMAGE_EXAMPLE
from animal.images.hints import MESSAGES, hints_said
from animal.images.models import Image
from animal.images.selectors import SIZES, image_url

HINTS_HELP = (
    "For whoever took them: what would make the photos better ones to recognise the animal by. Of their pixels at "
    "once, of the animals in them once recognition has looked."
)


class ImageUrlsSerializer(serializers.Serializer[dict[str, str]]):
    master = serializers.URLField()
    rendition = serializers.URLField()
    thumbnail = serializers.URLField()


class HintSerializer(serializers.Serializer[dict[str, Any]]):
    """What would make a photo a better one to recognise an animal by. No hint keeps it from being used."""

    code = serializers.ChoiceField(choices=sorted(MESSAGES))
    message = serializers.CharField(help_text="For whoever took the photo.")


class PhotoHintSerializer(HintSerializer):
    photo = serializers.UUIDField()


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
    hints = serializers.SerializerMethodField(help_text="What would make it a better photo.")
    looked_for_animals = serializers.BooleanField(help_text="False until recognition has looked at it.")
    created_at = serializers.DateTimeField()

    @extend_schema_field(ImageUrlsSerializer)
    def get_urls(self, image: Image) -> dict[str, str]:
        return {size: image_url(image, size, self.context.get("request")) for size in SIZES}

    @extend_schema_field(HintSerializer(many=True))
    def get_hints(self, image: Image) -> list[dict[str, str]]:
        return hints_said(image.hints)

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
