from __future__ import annotations

from django.contrib import admin

from animal.alerts.models import AlertSubscription, Notification
from animal.core.admin import ReadOnlyAdmin


@admin.register(AlertSubscription)
class AlertSubscriptionAdmin(ReadOnlyAdmin):
    list_display = ("id", "user", "label", "radius_km", "status_filter", "is_active", "created_at")
    list_filter = ("is_active", "status_filter")
    list_select_related = ("user",)
    search_fields = ("label", "user__email_key")


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    """One that is gone would be sent again."""

    list_display = ("id", "recipient", "verb", "target_name", "is_read", "created_at")
    list_filter = ("verb", "is_read")
    list_select_related = ("recipient",)
    search_fields = ("dedupe_key", "recipient__email_key")
