"""What an uploader may ask about a picture."""

from __future__ import annotations

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actor import actor_of
from animal.images.selectors import access_image_as_uploader
from animal.images.serializers import ImageSerializer


class ImageDetailApi(APIView):
    @extend_schema(
        operation_id="image_retrieve",
        summary="A picture of one's own",
        description="Sizes, and when and where the camera says it was taken, as a suggestion for a report. "
        "Nobody but the uploader sees these.",
        responses=ImageSerializer,
        tags=["pictures"],
    )
    def get(self, request: Request, image_id: uuid.UUID) -> Response:
        image = access_image_as_uploader(actor_of(request), image_id)
        return Response(ImageSerializer(image, context={"request": request}).data)
