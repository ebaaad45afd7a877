"""Saving and listing edited pictures: /api/auth/edited-pet-images/."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
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
from animal.images.examples import EDIT_EXAMPLE, EDIT_INPUT_EXAMPLE, TOO_MANY_EXAMPLE

NEWEST_EDITS = 50
TAGS = ["pictures"]
FORM = {"multipart/form-data": EditedImageFormSerializer}
ERRORS = {400: ErrorSerializer, 413: ErrorSerializer, 429: ErrorSerializer}


def edited_images_of(actor: User) -> QuerySet[EditedPetImage]:
    """Without the states themselves, which lists do not show."""
    mine = EditedPetImage.objects.filter(owner=actor).select_related("owner")
    return mine.defer("metadata").order_by("-created_at", "-pk")


def access_edited_image(actor: User, edit_id: int) -> EditedPetImage:
    edit = edited_images_of(actor).filter(pk=edit_id).first()
    if edit is None:
        raise NotFound(_("This edit does not exist."))
    return edit


def _rendered(request: Request, edit: EditedPetImage, code: int = status.HTTP_200_OK) -> Response:
    return Response(EditedImageSerializer(edit, context={"request": request, "whole": True}).data, status=code)


class EditedImageListApi(APIView):
    parser_classes = [EditedImageFormParser]

    def get_throttles(self) -> list[Any]:
        self.throttle_scope = "pet_write" if self.request.method == "POST" else None
        return super().get_throttles()

    @extend_schema(
        operation_id="edited_image_list",
        summary="My edited pictures, newest first",
        description="The newest 50, without what their canvases hold: see one of them for that.",
        responses=EditedImageSerializer(many=True),
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        edits: Any = list(edited_images_of(actor_of(request))[:NEWEST_EDITS])
        return Response(EditedImageSerializer(edits, many=True, context={"request": request}).data)

    @extend_schema(
        operation_id="edited_image_create",
        summary="Save an edited picture with the state of the editor",
        description="The picture, and the state of the editor as JSON text, so that editing can go on later.",
        request=FORM,
        responses={201: EditedImageSerializer, 409: ErrorSerializer, **ERRORS},
        examples=[EDIT_INPUT_EXAMPLE, EDIT_EXAMPLE, TOO_MANY_EXAMPLE],
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
        operation_id="edited_image_retrieve",
        summary="One of my edited pictures, with the whole state of the editor",
        description="What the editor needs to go on where you stopped.",
        responses={200: EditedImageSerializer, 404: ErrorSerializer},
        tags=TAGS,
    )
    def get(self, request: Request, edit_id: int) -> Response:
        return _rendered(request, access_edited_image(actor_of(request), edit_id))

    @extend_schema(
        operation_id="edited_image_update",
        summary="Replace an edited picture",
        description="Picture and state are set anew; without a state it is empty.",
        request=FORM,
        responses={200: EditedImageSerializer, 404: ErrorSerializer, **ERRORS},
        tags=TAGS,
    )
    def put(self, request: Request, edit_id: int) -> Response:
        return self._update(request, edit_id, partial=False)

    @extend_schema(
        operation_id="edited_image_partial_update",
        summary="Replace the picture or the state of an edit",
        description="Only what is sent.",
        request=FORM,
        responses={200: EditedImageSerializer, 404: ErrorSerializer, **ERRORS},
        tags=TAGS,
    )
    def patch(self, request: Request, edit_id: int) -> Response:
        return self._update(request, edit_id, partial=True)

    @extend_schema(
        operation_id="edited_image_delete",
        summary="Delete an edited picture",
        description="The row and the file.",
        request=None,
        responses={204: None, 404: ErrorSerializer},
        tags=TAGS,
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
