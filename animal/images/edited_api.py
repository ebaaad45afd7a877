"""Saving and listing edited pictures: /api/auth/edited-pet-images/."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actor import actor_of
from accounts.models import User
from animal.core.errors import NotFound
from animal.core.serializers import ErrorSerializer
from animal.images.edited_form import EditedImageFormParser
from animal.images.edited_models import EditedPetImage
from animal.images.edited_serializers import (
    EditedImageFormSerializer,
    EditedImageInputSerializer,
    EditedImageSerializer,
)
from animal.images.edited_services import edited_image_create, edited_image_delete, edited_image_update

NEWEST_EDITS = 50
TAGS = ["edited pictures"]
FORM = {"multipart/form-data": EditedImageFormSerializer}
EXAMPLE = OpenApiExample(
    "An edit",
    value={
        "id": 7,
        "edit_metadata": {"filters": "sepia(1)", "objects": {"version": "5.3.0", "background": "#fff", "objects": []}},
        "created_at": "2026-11-21T01:54:11.736830Z",
        "owner": "Ada",
        "edited_image_url": "http://localhost:8000/media/edited/0f/0f3c2d1e4b5a69788796a5b4c3d2e1f0.png",
    },
    response_only=True,
)
ERRORS = {400: ErrorSerializer, 409: ErrorSerializer, 413: ErrorSerializer, 429: ErrorSerializer}


def edited_images_of(actor: User) -> QuerySet[EditedPetImage]:
    """Without the states themselves, which lists do not show."""
    mine = EditedPetImage.objects.filter(owner=actor).select_related("owner")
    return mine.defer("metadata").order_by("-created_at", "-pk")


def access_edited_image(actor: User, edit_id: int) -> EditedPetImage:
    edit = edited_images_of(actor).filter(pk=edit_id).first()
    if edit is None:
        raise NotFound("This edit does not exist.")
    return edit


def _rendered(request: Request, edit: EditedPetImage, code: int = status.HTTP_200_OK) -> Response:
    return Response(EditedImageSerializer(edit, context={"request": request, "whole": True}).data, status=code)


class EditedImageListApi(APIView):
    parser_classes = [EditedImageFormParser]

    def get_throttles(self) -> list[Any]:
        self.throttle_scope = "pet_write" if self.request.method == "POST" else None
        return super().get_throttles()

    @extend_schema(
        operation_id="edited_pet_images_list",
        summary="My edited pictures, newest first",
        description="The newest 50.",
        responses=EditedImageSerializer(many=True),
        examples=[EXAMPLE],
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        edits: Any = list(edited_images_of(actor_of(request))[:NEWEST_EDITS])
        return Response(EditedImageSerializer(edits, many=True, context={"request": request}).data)

    @extend_schema(
        summary="Save an edited picture with the state of the editor",
        request=FORM,
        responses={201: EditedImageSerializer, **ERRORS},
        examples=[EXAMPLE],
        tags=TAGS,
    )
    def post(self, request: Request) -> Response:
        form = EditedImageInputSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        edit = edited_image_create(
            actor=actor_of(request),
            upload=form.validated_data["edited_image"],
            metadata=form.validated_data.get("edit_metadata", {}),
        )
        return _rendered(request, edit, status.HTTP_201_CREATED)


class EditedImageDetailApi(APIView):
    parser_classes = [EditedImageFormParser]

    @extend_schema(
        operation_id="edited_pet_images_retrieve",
        summary="One of my edited pictures, with the whole state of the editor",
        responses={200: EditedImageSerializer, 404: ErrorSerializer},
        examples=[EXAMPLE],
        tags=TAGS,
    )
    def get(self, request: Request, edit_id: int) -> Response:
        return _rendered(request, access_edited_image(actor_of(request), edit_id))

    @extend_schema(
        summary="Replace an edited picture",
        request=FORM,
        responses={200: EditedImageSerializer, 404: ErrorSerializer, **ERRORS},
        examples=[EXAMPLE],
        tags=TAGS,
    )
    def put(self, request: Request, edit_id: int) -> Response:
        return self._update(request, edit_id, partial=False)

    @extend_schema(
        summary="Replace the picture or the state of an edit",
        request=FORM,
        responses={200: EditedImageSerializer, 404: ErrorSerializer, **ERRORS},
        examples=[EXAMPLE],
        tags=TAGS,
    )
    def patch(self, request: Request, edit_id: int) -> Response:
        return self._update(request, edit_id, partial=True)

    @extend_schema(
        summary="Delete an edited picture", request=None, responses={204: None, 404: ErrorSerializer}, tags=TAGS
    )
    def delete(self, request: Request, edit_id: int) -> Response:
        edited_image_delete(edit=access_edited_image(actor_of(request), edit_id))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _update(self, request: Request, edit_id: int, *, partial: bool) -> Response:
        edit = access_edited_image(actor_of(request), edit_id)
        form = EditedImageInputSerializer(data=request.data, partial=partial)
        form.is_valid(raise_exception=True)
        sent = form.validated_data
        metadata = sent.get("edit_metadata", None if partial else {})
        return _rendered(request, edited_image_update(edit=edit, upload=sent.get("edited_image"), metadata=metadata))
