"""The staff's queue of complaints, the audit trail, and hiding from the lists of reports and photos."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from accounts.models import User
from animal.core.admin import ReadOnlyAdmin
from animal.core.errors import ApplicationError
from animal.images.admin import ImageAdmin
from animal.images.models import Image
from animal.moderation import account_admin  # noqa: F401 # Registers itself.
from animal.moderation.models import AbuseReport, Block, Kind, ModerationAct
from animal.moderation.roles import may_moderate
from animal.moderation.selectors import reported_message
from animal.moderation.services import abuse_report_settle, content_hide
from animal.reports.admin import ReportAdmin
from animal.reports.models import Report


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


@admin.action(description="Hide from everybody but its people", permissions=["moderate"])
def hide(model_admin: Any, request: HttpRequest, objects: QuerySet[Any]) -> None:
    _hide(request, model_admin.moderated_kind, objects, hidden=True)


@admin.action(description="Show again", permissions=["moderate"])
def unhide(model_admin: Any, request: HttpRequest, objects: QuerySet[Any]) -> None:
    _hide(request, model_admin.moderated_kind, objects, hidden=False)


class _Moderated:
    """Django asks `has_<permission>_permission` for each of an action's `permissions`."""

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        return may_moderate(cast(User, request.user))


class ModeratedReportAdmin(_Moderated, ReportAdmin):
    moderated_kind = "report"
    list_display = (*ReportAdmin.list_display, "hidden_at")  # type: ignore[assignment]
    actions = [hide, unhide]


class ModeratedImageAdmin(_Moderated, ImageAdmin):
    moderated_kind = "photo"
    actions = [hide, unhide]


for model, model_admin in ((Report, ModeratedReportAdmin), (Image, ModeratedImageAdmin)):
    admin.site.unregister(model)
    admin.site.register(model, model_admin)


@admin.register(AbuseReport)
class AbuseReportAdmin(_Moderated, ReadOnlyAdmin):
    list_display = ["id", "kind", "object_id", "reason", "state", "reporter", "created_at"]
    list_filter = ["state", "kind", "reason"]
    list_select_related = ["reporter"]
    search_fields = ["=object_id"]
    fields = ["kind", "object_id", "what", "reason", "text", "state", "reporter", "created_at"]
    actions = ["hide_reported", "settle"]

    @admin.display(description="What was reported")
    def what(self, complaint: AbuseReport) -> str:
        """Of a conversation this shows the one message that somebody complained about."""
        if complaint.kind == Kind.MESSAGE:
            return reported_message(complaint)
        app, model = {Kind.REPORT: ("reports", "report"), Kind.PET: ("pets", "pet"), Kind.USER: ("accounts", "user")}[
            Kind(complaint.kind)
        ]
        address = reverse(f"admin:{app}_{model}_change", args=[complaint.object_id])
        return format_html('<a href="{}">{} {}</a>', address, complaint.kind, complaint.object_id)

    @admin.action(description="Hide what was reported (reports only)", permissions=["moderate"])
    def hide_reported(self, request: HttpRequest, complaints: QuerySet[AbuseReport]) -> None:
        reported = complaints.filter(kind=Kind.REPORT).values_list("object_id", flat=True)
        ids = [int(object_id) for object_id in reported]
        _hide(request, "report", Report.objects.filter(pk__in=ids), hidden=True)

    @admin.action(description="Done with these", permissions=["moderate"])
    def settle(self, request: HttpRequest, complaints: QuerySet[AbuseReport]) -> None:
        settled = sum(
            abuse_report_settle(actor=cast(User, request.user), complaint=complaint, reason="From the admin")
            for complaint in complaints
        )
        messages.success(request, f"{settled} settled.")


@admin.register(ModerationAct)
class ModerationActAdmin(ReadOnlyAdmin):
    """To read only, for superusers too: an audit trail that can be edited is none."""

    list_display = ["created_at", "actor_name", "act", "kind", "object_id", "reason"]
    list_filter = ["act", "kind"]
    search_fields = ["=object_id"]


@admin.register(Block)
class BlockAdmin(ReadOnlyAdmin):
    list_display = ["id", "blocker", "blocked", "created_at"]
    list_select_related = ["blocker", "blocked"]
    search_fields = ["=blocker__email_key", "=blocked__email_key"]
