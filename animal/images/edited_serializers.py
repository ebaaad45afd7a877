"""Edited pictures on the wire (contract 3.8)."""

from __future__ import annotations

from typing import Any

from django.core.files.storage import default_storage
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from animal.core.urls import site_url
from animal.images.edited_metadata import EditMetadataField
from animal.images.edited_models import EditedPetImage
from animal.images.edited_services import metadata_of
from animal.images.examples import EDIT_EXAMPLE, EDIT_INPUT_EXAMPLE


class EditMetadataSerializer(serializers.Serializer[Any]):
    """`{"filters": ..., "objects": <fabric.js canvas>}`; other keys come back as they were sent."""

    filters = serializers.JSONField(required=False, help_text="A CSS filter, as the client writes it.")
    objects = serializers.JSONField(required=False, help_text="The canvas, as the client writes it.")


@extend_schema_serializer(examples=[EDIT_EXAMPLE])
class EditedImageSerializer(serializers.Serializer[EditedPetImage]):
    id = serializers.IntegerField()
    edit_metadata = serializers.SerializerMethodField(
        help_text="In lists without what the canvas holds (`objects.objects` is empty); whole in the detail."
    )
    created_at = serializers.DateTimeField()
    owner = serializers.CharField(source="owner.username")
    edited_image_url = serializers.SerializerMethodField()

    @extend_schema_field(EditMetadataSerializer)
    def get_edit_metadata(self, edit: EditedPetImage) -> dict[str, Any]:
        return metadata_of(edit) if self.context.get("whole") else edit.summary

    @extend_schema_field(serializers.URLField())
    def get_edited_image_url(self, edit: EditedPetImage) -> str:
        url = default_storage.url(str(edit.edited_image))
        if url.startswith(("http://", "https://")):
            return url
        request = self.context.get("request")
        return request.build_absolute_uri(url) if request is not None else site_url(url)


class EditedImageInputSerializer(serializers.Serializer[Any]):
    edited_image = serializers.FileField(
        error_messages={
            "required": gettext_lazy("Please send the edited picture."),
            "invalid": gettext_lazy("Please send the edited picture."),
        }
    )
    edit_metadata = EditMetadataField(required=False)


@extend_schema_serializer(examples=[EDIT_INPUT_EXAMPLE])
class EditedImageFormSerializer(serializers.Serializer[Any]):
    """A picture, and the state of the editor that made it."""

    edited_image = serializers.FileField(help_text="PNG; JPEG and WebP are taken as well.")
    edit_metadata = serializers.CharField(required=False, help_text="JSON text of an object, up to 24 MB.")
