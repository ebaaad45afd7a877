"""POST /api/v1/places/search/: where an address is. A POST, so that the address stands in no address of ours."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from animal.core.coordinates import LatitudeField, LongitudeField
from animal.core.examples import answer_example, request_example
from animal.core.serializers import ErrorSerializer
from animal.core.text import PlainTextField
from animal.web.geocoder import places_found

ASKED = request_example("An address", {"text": "Marienplatz 1, Munich"})
ANSWERED = answer_example(
    "One place",
    {
        "is_offered": True,
        "results": [{"name": "Marienplatz, Munich, Bavaria, Germany", "latitude": 48.137154, "longitude": 11.576124}],
    },
)


@extend_schema_serializer(examples=[ASKED])
class PlaceSearchSerializer(serializers.Serializer[Any]):
    text = PlainTextField(max_length=200, help_text="An address or the name of a place.")


class FoundPlaceSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    latitude = LatitudeField()
    longitude = LongitudeField()


@extend_schema_serializer(examples=[ANSWERED])
class FoundPlacesSerializer(serializers.Serializer[Any]):
    is_offered = serializers.BooleanField(help_text="False where the operator has set no search for addresses.")
    results = FoundPlaceSerializer(many=True, help_text="At most five, the likeliest first.")


class PlaceSearchApi(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_scope = "geocode"

    @extend_schema(
        operation_id="place_search",
        summary="Where an address is",
        description="For everybody, where the operator has set a search for addresses. This service "
        "asks it: it learns neither who asks nor from where. An answer is a proposal: let the person look at the pin.",
        request=PlaceSearchSerializer,
        responses={200: FoundPlacesSerializer, 400: ErrorSerializer},
        auth=[],
        tags=["reports"],
    )
    def post(self, request: Request) -> Response:
        asked = PlaceSearchSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        found = places_found(asked.validated_data["text"])
        return Response({"is_offered": bool(settings.GEOCODER_URL), "results": [asdict(place) for place in found]})
