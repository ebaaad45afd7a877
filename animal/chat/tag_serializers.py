"""Shapes of what is found by a tag."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from animal.chat.services import MAX_ATTACHMENTS, MAX_BODY
from animal.core.coordinates import LatitudeField, LongitudeField
from animal.core.text import LongTextField, PlainTextField
from animal.images.serializers import PhotoHintSerializer

# The place is written below it.
MAX_MESSAGE = MAX_BODY - 100
MAX_PLACE = 200


class TagReportSerializer(serializers.Serializer[Any]):
    latitude = LatitudeField(required=False, help_text="With `longitude`; both may be left out where `place` is given.")
    longitude = LongitudeField(required=False)
    place = LongTextField(
        max_length=MAX_PLACE,
        required=False,
        allow_blank=True,
        default="",
        help_text="In words, for the owner alone: an address, a landmark. Enough without a point.",
    )
    message = LongTextField(max_length=MAX_MESSAGE, help_text="For the owner alone.")
    contact_name = PlainTextField(max_length=100, required=False, allow_blank=True, default="")
    contact_email = serializers.EmailField(
        max_length=254,
        required=False,
        allow_blank=True,
        default="",
        help_text="To be written to when the owner answers. Nobody is shown it.",
    )
    photos = serializers.ListField(
        child=serializers.FileField(), required=False, default=list, max_length=10, help_text="At most ten."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        missing = [name for name in ("latitude", "longitude") if name not in attrs]
        if len(missing) == 1:
            raise serializers.ValidationError({missing[0]: [_("This field is required.")]}, code="required")
        if missing and not attrs["place"].strip():
            said = _("Please say where: by a pin, by two numbers, or in words.")
            raise serializers.ValidationError({"place": [said]}, code="required")
        return attrs


class TagReportedSerializer(serializers.Serializer[Any]):
    detail = serializers.CharField()
    report_id = serializers.IntegerField()
    conversation_id = serializers.UUIDField(
        allow_null=True, help_text="Of a finder with an account; null for everybody else."
    )
    follow_up = serializers.CharField(help_text="The page of the signed link; empty for a finder with an account.")
    follow_up_token = serializers.CharField(help_text="For `/api/v1/follow-up/<token>/`.")
    photo_hints = PhotoHintSerializer(many=True, help_text="What would make the photos better ones.")


class FollowUpMessageSerializer(serializers.Serializer[Any]):
    by_me = serializers.BooleanField(help_text="Whether the finder wrote it; else the owner did.")
    body = serializers.CharField()
    photos = serializers.ListField(child=serializers.URLField())
    created_at = serializers.DateTimeField()


class FollowUpSerializer(serializers.Serializer[Any]):
    pet_name = serializers.CharField()
    is_resolved = serializers.BooleanField(help_text="Whether the owner closed the case.")
    messages = FollowUpMessageSerializer(many=True)


class FollowUpInputSerializer(serializers.Serializer[Any]):
    body = LongTextField(max_length=MAX_BODY, required=False, allow_blank=True, default="")
    photos = serializers.ListField(
        child=serializers.FileField(),
        required=False,
        default=list,
        max_length=MAX_ATTACHMENTS,
        help_text="At most six.",
    )
