from __future__ import annotations

from django.contrib import admin

from animal.core.admin import ReadOnlyAdmin
from animal.reports.models import Report


@admin.register(Report)
class ReportAdmin(ReadOnlyAdmin):
    """Staff hide reports; deleting them is for their people."""

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
    # It proves whose animal it is: for whoever wrote it down, and for nobody else.
    exclude = ("chip_number",)
