from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from animal.reports.models import Report


@admin.register(Report)
class ReportAdmin(admin.ModelAdmin):
    """To look at and to delete: a status changed here would leave gallery, pet and matches behind."""

    list_display = (
        "id",
        "side",
        "status",
        "pet_name",
        "pet_type",
        "reporter",
        "feature_status",
        "is_test",
        "reported_at",
    )
    list_filter = ("side", "status", "feature_status", "is_test")
    list_select_related = ("reporter",)
    search_fields = ("pet_name", "pet_type", "pet_breed", "reporter__email_key")
    date_hierarchy = "reported_at"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Report | None = None) -> bool:
        return False
