"""The staff's queue of complaints, the audit trail, and hiding from the lists of reports and photos."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import User
from animal.core.errors import ApplicationError
from animal.images.admin import ImageAdmin
from animal.images.models import Image
from animal.moderation.models import AbuseReport, Block, Kind, ModerationAct
from animal.moderation.services import abuse_report_settle, content_hide
from animal.reports.admin import ReportAdmin
from animal.reports.models import Report


class _ReadOnly:
    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _hide(request: HttpRequest, kind: str, objects: QuerySet[Any], *, hidden: bool) -> None:
    """One by one, each with its audit row; one that fails does not keep the others in sight."""
    changed = 0
    for object_id in objects.values_list("pk", flat=True):
        try:
            actor = cast(User, request.user)
            changed += content_hide(
                actor=actor, kind=kind, object_id=str(object_id), hidden=hidden, reason="From the admin"
            )
        except ApplicationError as error:
            messages.error(request, f"{object_id}: {error.detail}")
    messages.success(request, f"{changed} {'hidden' if hidden else 'shown again'}.")


@admin.action(description="Hide from everybody but its people", permissions=["view"])
def hide(model_admin: Any, request: HttpRequest, objects: QuerySet[Any]) -> None:
    _hide(request, model_admin.moderated_kind, objects, hidden=True)


@admin.action(description="Show again", permissions=["view"])
def unhide(model_admin: Any, request: HttpRequest, objects: QuerySet[Any]) -> None:
    _hide(request, model_admin.moderated_kind, objects, hidden=False)


class ModeratedReportAdmin(ReportAdmin):
    moderated_kind = "report"
    list_display = (*ReportAdmin.list_display, "hidden_at")  # type: ignore[assignment]
    actions = [hide, unhide]


class ModeratedImageAdmin(ImageAdmin):
    moderated_kind = "photo"
    actions = [hide, unhide]


for model, model_admin in ((Report, ModeratedReportAdmin), (Image, ModeratedImageAdmin)):
    admin.site.unregister(model)
    admin.site.register(model, model_admin)


@admin.register(AbuseReport)
class AbuseReportAdmin(_ReadOnly, admin.ModelAdmin):
    list_display = ["id", "kind", "object_id", "reason", "state", "reporter", "created_at"]
    list_filter = ["state", "kind", "reason"]
    list_select_related = ["reporter"]
    search_fields = ["=object_id"]
    actions = ["hide_reported", "settle"]
    show_full_result_count = False

    @admin.action(description="Hide what was reported (reports only)", permissions=["view"])
    def hide_reported(self, request: HttpRequest, complaints: QuerySet[AbuseReport]) -> None:
        reported = complaints.filter(kind=Kind.REPORT).values_list("object_id", flat=True)
        ids = [int(object_id) for object_id in reported]
        _hide(request, "report", Report.objects.filter(pk__in=ids), hidden=True)

    @admin.action(description="Done with these", permissions=["view"])
    def settle(self, request: HttpRequest, complaints: QuerySet[AbuseReport]) -> None:
        settled = sum(
            abuse_report_settle(actor=cast(User, request.user), complaint=complaint, reason="From the admin")
            for complaint in complaints
        )
        messages.success(request, f"{settled} settled.")


@admin.register(ModerationAct)
class ModerationActAdmin(_ReadOnly, admin.ModelAdmin):
    """To read only, for superusers too: an audit trail that can be edited is none."""

    list_display = ["created_at", "actor_name", "act", "kind", "object_id", "reason"]
    list_filter = ["act", "kind"]
    search_fields = ["=object_id"]
    show_full_result_count = False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Block)
class BlockAdmin(_ReadOnly, admin.ModelAdmin):
    list_display = ["id", "blocker", "blocked", "created_at"]
    list_select_related = ["blocker", "blocked"]
    search_fields = ["=blocker__email_key", "=blocked__email_key"]
    show_full_result_count = False
