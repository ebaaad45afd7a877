from __future__ import annotations

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from animal.alerts.examples import ALERT_EXAMPLE, ALERT_INPUT_EXAMPLE, NOTIFICATIONS_EXAMPLE
from animal.alerts.models import AlertSubscription, Notification
from animal.alerts.services import Area
from animal.core.cells import RADIUS_BANDS
from animal.core.coordinates import FiniteFloatField, LatitudeField, LongitudeField
from animal.core.serializers import KnownFields
from animal.core.text import PlainTextField


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
    class Meta:
        model = Notification
        fields = ["id", "verb", "description", "target_id", "target_name", "link", "is_read", "created_at"]
        read_only_fields = fields


class ChannelsSerializer(KnownFields):
    app = serializers.BooleanField(required=False, help_text="In the list of notifications.")
    mail = serializers.BooleanField(required=False)


class NotificationChoicesSerializer(KnownFields):
    """Whether one is told of each kind, by each channel."""

    match = ChannelsSerializer(required=False, help_text="Matches, and what became of them.")
    nearby = ChannelsSerializer(required=False, help_text="Reports in areas that I watch.")
    message = ChannelsSerializer(required=False, help_text="Messages. A burst of them is one mail.")
    tag = ChannelsSerializer(required=False, help_text="Somebody scanned the tag of a pet of mine.")
    report = ChannelsSerializer(required=False, help_text="My own reports and photos.")


@extend_schema_serializer(examples=[NOTIFICATIONS_EXAMPLE])
class NotificationListSerializer(serializers.Serializer[dict[str, object]]):
    notifications = NotificationSerializer(many=True)
    unread_count = serializers.IntegerField()
