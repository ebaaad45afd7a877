from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from animal.alerts.models import AlertSubscription, Notification


@admin.register(AlertSubscription)
class AlertSubscriptionAdmin(admin.ModelAdmin):
    """To look at only: a change here would leave the cell behind that the area is found by."""

    list_display = ("id", "user", "label", "radius_km", "status_filter", "is_active", "created_at")
    list_filter = ("is_active", "status_filter")
    list_select_related = ("user",)
    search_fields = ("label", "user__email_key")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: AlertSubscription | None = None) -> bool:
        return False


@admin.register(Notification)
class NotificationAdmin(admin.ModelAdmin):
    list_display = ("id", "recipient", "verb", "target_name", "is_read", "created_at")
    list_filter = ("verb", "is_read")
    list_select_related = ("recipient",)
    search_fields = ("dedupe_key", "recipient__email_key")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Notification | None = None) -> bool:
        return False
