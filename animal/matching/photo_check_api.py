"""POST /api/v1/photos/check/: hints on a photo before it is used."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from animal.images.hints import hints_said
from animal.images.serializers import HintSerializer
from animal.matching.examples import PHOTO_CHECK_ANSWER_EXAMPLE
from animal.matching.photo_check import photo_check
from animal.matching.search_api import PhotoSearchInputSerializer


@extend_schema_serializer(examples=[PHOTO_CHECK_ANSWER_EXAMPLE])
class PhotoCheckOutputSerializer(serializers.Serializer):
    hints = HintSerializer(many=True)
    looked_for_animals = serializers.BooleanField(help_text="False while recognition is down: only the pixels count.")


class PhotoCheckApi(APIView):
    parser_classes = [MultiPartParser, FormParser]
    throttle_scope = "pet_search"

    @extend_schema(
        operation_id="photo_check",
        summary="What would make a photo a better one",
        description=(
            "Whether an animal is seen, or several, and whether it is too small, too dark or blurred. No hint keeps a "
            "photo from being used. The photo is not kept."
        ),
        request={"multipart/form-data": PhotoSearchInputSerializer},
        responses=PhotoCheckOutputSerializer,
        tags=["matches"],
    )
    def post(self, request: Request) -> Response:
        sent = PhotoSearchInputSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        found = photo_check(upload=sent.validated_data["image"])
        return Response(
            {
                "hints": hints_said(found.hints),
                "looked_for_animals": found.looked_for_animals,
            }
        )
