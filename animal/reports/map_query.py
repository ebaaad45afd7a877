"""What one may ask of the map and of its list: parameters of an address as a filter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from animal.core.coordinates import FiniteFloatField, LatitudeField, LongitudeField
from animal.core.errors import InvalidInput
from animal.recognition.labels import SPECIES
from animal.reports.bbox import bbox_parse
from animal.reports.map_selectors import MAX_ZOOM, MapFilter, Near
from animal.reports.selectors import OPEN_STATUSES

DEFAULT_DISTANCE_KM = 25.0
MAX_DISTANCE_KM = 1000.0
MAX_DAYS = 3650


class MapQuerySerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=OPEN_STATUSES, required=False, help_text="Lost or found; both without it.")
    species = serializers.ChoiceField(
        choices=SPECIES, required=False, help_text="As the kind of animal was understood."
    )
    days = serializers.IntegerField(
        min_value=1, max_value=MAX_DAYS, required=False, help_text="Reported within so many days."
    )
    near = serializers.CharField(
        max_length=60, required=False, help_text="latitude,longitude in degrees: only what is around this point."
    )
    distance_km = FiniteFloatField(
        min_value=0.5,
        max_value=MAX_DISTANCE_KM,
        default=DEFAULT_DISTANCE_KM,
        help_text="How far from `near`, to the public points. Without `near` it means nothing.",
    )
    bbox = serializers.CharField(
        max_length=200,
        required=False,
        help_text="west,south,east,north in degrees; west > east when it crosses the date line.",
    )
    zoom = serializers.IntegerField(
        min_value=0,
        max_value=MAX_ZOOM,
        required=False,
        help_text="Of a web map: reports that are close together at it become one feature. Without it none do.",
    )
    test = serializers.BooleanField(
        required=False,
        allow_null=True,
        default=None,
        help_text="Test data, or real reports. Without it real ones, and test data where there is nothing else.",
    )

    def validate_near(self, text: str) -> tuple[float, float]:
        latitude, _, longitude = text.partition(",")
        try:
            return LatitudeField().run_validation(latitude), LongitudeField().run_validation(longitude)
        except serializers.ValidationError:
            sentence = "near must be latitude,longitude in degrees, for example 28.61,77.21."
            raise serializers.ValidationError(sentence) from None

    def validate_bbox(self, text: str) -> Any:
        try:
            return bbox_parse(text)
        except InvalidInput as error:
            raise serializers.ValidationError(str(error.detail)) from None


def map_query(parameters: Mapping[str, str]) -> MapQuerySerializer:
    """Of a form as browsers send it: what is left blank is not asked for."""
    return MapQuerySerializer(data={name: value for name, value in parameters.items() if value.strip()})


def map_filter(asked: Mapping[str, Any]) -> MapFilter:
    near = asked.get("near")
    return MapFilter(
        status=asked.get("status", ""),
        species=asked.get("species", ""),
        days=asked.get("days"),
        near=Near(near[0], near[1], asked["distance_km"]) if near else None,
        bbox=asked.get("bbox"),
        is_test=asked.get("test"),
    )
