from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from animal.alerts.examples import (
    ALERT_EXAMPLE,
    ALERT_INPUT_EXAMPLE,
    NOTIFICATIONS_EXAMPLE,
    PUSH_EXAMPLE,
    PUSH_INPUT_EXAMPLE,
)
from animal.alerts.models import AlertSubscription, Notification, PushDevice
from animal.alerts.services import Area
from animal.alerts.web_push import MAX_ENDPOINT, is_browser_key, is_browser_secret, is_push_address
from animal.core.cells import RADIUS_BANDS
from animal.core.coordinates import FiniteFloatField, LatitudeField, LongitudeField
from animal.core.serializers import KnownFields
from animal.core.text import PlainTextField, StoredSentenceField


@extend_schema_serializer(examples=[ALERT_INPUT_EXAMPLE])
class AlertSubscriptionInputSerializer(serializers.Serializer[Area]):
    """An area to watch. Latitude, longitude in degrees; radius in kilometres."""

    label = PlainTextField(  # type: ignore[assignment] # DRF moves declared fields out of the class.
        max_length=64, required=False, allow_blank=True, default=""
    )
    center_lat = LatitudeField()
    center_lon = LongitudeField()
    radius_km = FiniteFloatField(min_value=0.1, max_value=RADIUS_BANDS[-1][0], required=False, default=5.0)
    status_filter = serializers.ChoiceField(
        choices=AlertSubscription.StatusFilter.choices, required=False, allow_blank=True, default=""
    )
    is_active = serializers.BooleanField(required=False, default=True)


@extend_schema_serializer(examples=[ALERT_EXAMPLE])
class AlertSubscriptionSerializer(serializers.ModelSerializer[AlertSubscription]):
    class Meta:
        model = AlertSubscription
        fields = [
            "id",
            "label",
            "center_lat",
            "center_lon",
            "radius_km",
            "status_filter",
            "is_active",
            "created_at",
        ]
        read_only_fields = fields


class NotificationSerializer(serializers.ModelSerializer[Notification]):
    description = StoredSentenceField(max_length=Notification._meta.get_field("description").max_length)

    class Meta:
        model = Notification
        fields = ["id", "verb", "description", "target_id", "target_name", "link", "is_read", "created_at"]
        read_only_fields = fields


class ChannelsSerializer(KnownFields):
    app = serializers.BooleanField(required=False, help_text="In the list of notifications.")
    mail = serializers.BooleanField(required=False)
    push = serializers.BooleanField(required=False, help_text="By browsers that were added; see /api/v1/push/.")


class NotificationChoicesSerializer(KnownFields):
    """Whether one is told of each kind, by each channel."""

    match = ChannelsSerializer(required=False, help_text="Matches, and what became of them.")
    nearby = ChannelsSerializer(required=False, help_text="Reports in areas that I watch.")
    message = ChannelsSerializer(required=False, help_text="Messages. A burst of them is one mail.")
    tag = ChannelsSerializer(required=False, help_text="By its tag, somebody says where a pet of mine is.")
    report = ChannelsSerializer(required=False, help_text="My own reports and photos.")


class PushKeysSerializer(serializers.Serializer[Any]):
    p256dh = serializers.CharField(max_length=100, help_text="The browser's public key, in base64url.")
    auth = serializers.CharField(max_length=40, help_text="The browser's secret, in base64url.")

    def validate_p256dh(self, value: str) -> str:
        if not is_browser_key(value):
            raise serializers.ValidationError(_("This is no key of a browser."))
        return value

    def validate_auth(self, value: str) -> str:
        if not is_browser_secret(value):
            raise serializers.ValidationError(_("This is no secret of a browser."))
        return value


@extend_schema_serializer(examples=[PUSH_INPUT_EXAMPLE])
class PushDeviceInputSerializer(KnownFields):
    """What `PushSubscription.toJSON()` gives in a browser."""

    endpoint = serializers.CharField(max_length=MAX_ENDPOINT, help_text="The address at the browser's push service.")
    keys = PushKeysSerializer()
    expirationTime = serializers.IntegerField(  # noqa: N815
        required=False, allow_null=True, min_value=0, help_text="Not used."
    )

    def validate_endpoint(self, value: str) -> str:
        if not is_push_address(value):
            raise serializers.ValidationError(_("This is no address of a push service."))
        return value


class PushDeviceSerializer(serializers.ModelSerializer[PushDevice]):
    class Meta:
        model = PushDevice
        fields = ["id", "user_agent", "created_at"]
        read_only_fields = fields


@extend_schema_serializer(examples=[PUSH_EXAMPLE])
class PushSerializer(serializers.Serializer[Any]):
    key = serializers.CharField(help_text="The `applicationServerKey`; empty where nothing is pushed.")
    devices = PushDeviceSerializer(many=True)


@extend_schema_serializer(examples=[NOTIFICATIONS_EXAMPLE])
class NotificationListSerializer(serializers.Serializer[dict[str, object]]):
    notifications = NotificationSerializer(many=True)
    unread_count = serializers.IntegerField()
