from __future__ import annotations

from django.contrib import admin

from animal.alerts.models import AlertSubscription, Notification
from animal.core.admin import ReadOnlyAdmin


@admin.register(AlertSubscription)
class AlertSubscriptionAdmin(ReadOnlyAdmin):
    list_display = ("id", "user", "label", "radius_km", "status_filter", "is_active", "created_at")
    list_filter = ("is_active", "status_filter")
    list_select_related = ("user",)
    search_exact = ("id", "user__username_key")
    search_help_text = "Number of the area, or the display name of whose it is, in whole"


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    """One that is gone would be sent again."""

    list_display = ("id", "recipient", "verb", "target_name", "is_read", "created_at")
    list_filter = ("is_read",)
    list_select_related = ("recipient",)
    search_exact = ("dedupe_key", "recipient__username_key")
    search_help_text = "The key that makes it go out once, or the display name of its recipient, in whole"
