"""What anybody may ask about reports, signed in or not, whatever the Authorization header says."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from animal.core.serializers import ErrorSerializer
from animal.reports.examples import LOST_PLACE_EXAMPLE
from animal.reports.selectors import display_name, lost_places


class LostPetNameSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()


class LostPlaceSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    latitude = serializers.FloatField()
    longitude = serializers.FloatField()
    pet = LostPetNameSerializer()


class LostPetsApi(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="lost_place_list",
        summary="Where animals are missing",
        description="For everybody. The newest 500 open lost reports, newest first. Points are moved by 200 to 400 m.",
        responses={200: LostPlaceSerializer(many=True), 429: ErrorSerializer},
        examples=[LOST_PLACE_EXAMPLE],
        auth=[],
        tags=["reports"],
    )
    def get(self, request: Request) -> Response:
        return Response(
            [
                {
                    "id": report.pk,
                    "latitude": report.public_latitude,
                    "longitude": report.public_longitude,
                    "pet": {"name": display_name(report)},
                }
                for report in lost_places()
            ]
        )
