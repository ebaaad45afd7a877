"""Moderation on the wire."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from animal.core.text import LongTextField, PlainTextField
from animal.moderation.examples import ABUSE_REPORT_EXAMPLE, ABUSE_REPORT_INPUT_EXAMPLE, BLOCK_EXAMPLE
from animal.moderation.models import AbuseReport, HideKind, Kind


@extend_schema_serializer(examples=[ABUSE_REPORT_INPUT_EXAMPLE])
class AbuseReportInputSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=Kind.choices)
    id = serializers.CharField(max_length=36, help_text="Of the object: a number, or a UUID for a message.")
    reason = serializers.ChoiceField(
        choices=AbuseReport.Reason.choices,
        help_text="`cruelty`: to animals. `false_claim`: not their animal, or not true.",
    )
    text = LongTextField(max_length=2000, required=False, allow_blank=True, default="")


@extend_schema_serializer(examples=[ABUSE_REPORT_EXAMPLE])
class AbuseReportSerializer(serializers.Serializer[AbuseReport]):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=Kind.choices)
    object_id = serializers.CharField()
    reason = serializers.ChoiceField(choices=AbuseReport.Reason.choices)
    text = serializers.CharField()
    state = serializers.ChoiceField(choices=AbuseReport.State.choices)
    created_at = serializers.DateTimeField()


@extend_schema_serializer(examples=[BLOCK_EXAMPLE])
class BlockSerializer(serializers.Serializer[Any]):
    user_id = serializers.IntegerField(source="blocked_id")
    name = serializers.CharField(help_text="Under which this person wrote to me.")
    created_at = serializers.DateTimeField()


class HideInputSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=HideKind.choices)
    id = serializers.CharField(max_length=36, help_text="Of the report (a number) or the photo (a UUID).")
    reason = PlainTextField(max_length=300, required=False, allow_blank=True, default="")


class HideAnswerSerializer(serializers.Serializer[Any]):
    hidden = serializers.BooleanField()
    changed = serializers.BooleanField(help_text="False when it was so already.")
