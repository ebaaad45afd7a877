"""The staff's queue of complaints, the audit trail, and hiding from the lists and pages of reports and photos."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from accounts.models import User
from animal.core.admin import ActsOnPage, ReadOnlyAdmin, reason_of
from animal.core.errors import ApplicationError
from animal.images.admin import ImageAdmin
from animal.images.models import Image
from animal.images.staff import pictures
from animal.images.withholding import is_withheld
from animal.moderation import account_admin  # noqa: F401 # Registers itself.
from animal.moderation.models import AbuseReport, Block, HideKind, Kind, ModerationAct
from animal.moderation.roles import may_moderate
from animal.moderation.selectors import reported_photos
from animal.moderation.services import abuse_report_settle, content_hide
from animal.pets.models import PetPhoto
from animal.reports.admin import ReportAdmin
from animal.reports.models import Report
from animal.reports.selectors import complete, first_photo, report_photos


def _hide(request: HttpRequest, kind: str, ids: Iterable[Any], *, hidden: bool) -> None:
    """One by one, each with its audit row; one that fails does not keep the others in sight."""
    changed, actor = 0, cast(User, request.user)
    for object_id in ids:
        try:
            changed += content_hide(
                actor=actor, kind=kind, object_id=str(object_id), hidden=hidden, reason=reason_of(request)
            )
        except ApplicationError as error:
            messages.error(request, f"{object_id}: {error.detail}")
    messages.success(request, f"{changed} {kind}(s) {'hidden' if hidden else 'shown again'}.")


class _Moderated(ActsOnPage):
    """Django asks `has_<permission>_permission` for each of an action's `permissions`."""

    moderated_kind = ""

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        return may_moderate(cast(User, request.user))


@admin.action(description="Hide from everybody but its people", permissions=["moderate"])
def hide(model_admin: _Moderated, request: HttpRequest, objects: QuerySet[Any]) -> HttpResponse | None:
    _hide(request, model_admin.moderated_kind, objects.values_list("pk", flat=True), hidden=True)
    return model_admin.back(request)


@admin.action(description="Show again", permissions=["moderate"])
def unhide(model_admin: _Moderated, request: HttpRequest, objects: QuerySet[Any]) -> HttpResponse | None:
    _hide(request, model_admin.moderated_kind, objects.values_list("pk", flat=True), hidden=False)
    return model_admin.back(request)


class ModeratedReportAdmin(_Moderated, ReportAdmin):
    moderated_kind = HideKind.REPORT
    actions = [hide, unhide]
    change_form_template = "admin/row_with_map.html"

    def acts_in_vain(self, request: HttpRequest, row: Report) -> set[str]:
        return {"hide" if row.hidden_at else "unhide"}


class ModeratedImageAdmin(_Moderated, ImageAdmin):
    moderated_kind = HideKind.PHOTO
    actions = [hide, unhide]
    fields = ["large_photo", "shown_by", *ImageAdmin.fields[1:]]

    def acts_in_vain(self, request: HttpRequest, row: Image) -> set[str]:
        return {"hide" if is_withheld(row) else "unhide"}

    @admin.display(description="Shown by")
    def shown_by(self, image: Image) -> SafeString | str:
        reports = Report.objects.filter(image=image) | Report.objects.filter(more_photos__image=image)
        shown = [("reports_report", report.pk, str(report)) for report in reports.distinct()]
        shown += [("pets_pet", photo.pet.pk, str(photo.pet)) for photo in image.pet_photos.select_related("pet")]
        links = ((reverse(f"admin:{page}_change", args=[pk]), name) for page, pk, name in shown)
        return format_html_join(", ", '<a href="{}">{}</a>', links) or "-"


for model, model_admin in ((Report, ModeratedReportAdmin), (Image, ModeratedImageAdmin)):
    admin.site.unregister(model)
    admin.site.register(model, model_admin)


class _AboutAnObject(ReadOnlyAdmin):
    """Rows that name what they are about by `kind` and `object_id`, which one index holds in this order."""

    kinds: tuple[str, ...]
    ordering = ("-created_at",)
    search_exact: ClassVar[Sequence[str]] = ("object_id",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        found, is_doubled = super().get_search_results(request, queryset, search_term)
        return (found.filter(kind__in=self.kinds) if search_term.strip() else found), is_doubled


@admin.register(AbuseReport)
class AbuseReportAdmin(_Moderated, _AboutAnObject):
    kinds = tuple(Kind.values)
    list_display = ["id", "kind", "object_id", "reason", "excerpt", "state", "reporter", "created_at"]
    list_filter = ["state", "kind", "reason"]
    list_select_related = ["reporter"]
    search_help_text = "Number of what was reported"
    sortable_by = ()
    fields = ["kind", "what", "reason", "text", "state", "reporter", "created_at"]
    actions = ["hide_reported", "settle"]

    def acts_in_vain(self, request: HttpRequest, row: AbuseReport) -> set[str]:
        useless = {"settle"} if row.state == AbuseReport.State.SETTLED else set()
        return useless | (set() if _may_be_hidden(row) else {"hide_reported"})

    @admin.display(description="What was reported")
    def what(self, complaint: AbuseReport) -> SafeString | str:
        """Of a conversation this shows the one message that somebody complained about."""
        if complaint.kind == Kind.MESSAGE:
            photos = pictures(reported_photos(complaint), is_linked=False)
            return format_html("<p>{}</p>{}", complaint.evidence, photos)
        app, model = {Kind.REPORT: ("reports", "report"), Kind.PET: ("pets", "pet"), Kind.USER: ("accounts", "user")}[
            Kind(complaint.kind)
        ]
        address = reverse(f"admin:{app}_{model}_change", args=[complaint.object_id])
        link = format_html('<a href="{}">{} {}</a>', address, complaint.kind, complaint.object_id)
        return format_html("<p>{}</p>{}", link, _shown(complaint))

    @admin.display(description="What they wrote")
    def excerpt(self, complaint: AbuseReport) -> str:
        return Truncator(complaint.text).chars(120)

    @admin.action(description="Hide the report, or the photos of the message", permissions=["moderate"])
    def hide_reported(self, request: HttpRequest, complaints: QuerySet[AbuseReport]) -> HttpResponse | None:
        reports = [complaint.object_id for complaint in complaints if complaint.kind == Kind.REPORT]
        messages_ = [complaint for complaint in complaints if complaint.kind == Kind.MESSAGE]
        photos = [photo.pk for complaint in messages_ for photo in reported_photos(complaint)]
        if reports or not photos:
            _hide(request, HideKind.REPORT, reports, hidden=True)
        if photos:
            _hide(request, HideKind.PHOTO, photos, hidden=True)
        return self.back(request)

    @admin.action(description="Settle: there is nothing more to do", permissions=["moderate"])
    def settle(self, request: HttpRequest, complaints: QuerySet[AbuseReport]) -> HttpResponse | None:
        settled = sum(
            abuse_report_settle(actor=cast(User, request.user), complaint=complaint, reason=reason_of(request))
            for complaint in complaints
        )
        messages.success(request, f"{settled} settled.")
        return self.back(request)


def _may_be_hidden(complaint: AbuseReport) -> bool:
    """Whether there is anything of it left in sight that staff can hide from here."""
    if complaint.kind == Kind.REPORT:
        return Report.objects.filter(pk=complaint.object_id, hidden_at=None).exists()
    return any(not is_withheld(photo) for photo in reported_photos(complaint))


def _shown(complaint: AbuseReport) -> SafeString | str:
    """Of a report or a pet: what everybody sees of it, so that most complaints need no second page."""
    if complaint.kind == Kind.REPORT:
        report = complete(Report.objects.filter(pk=complaint.object_id)).first()
        if report is None:
            return format_html("<p>It is gone. It said:</p><p>{}</p>", complaint.evidence)
        pets = first_photo(report)  # Which everybody sees in place of photos of its own.
        images = report_photos(report) or ([pets] if pets is not None else [])
        return format_html("<p>{}</p>{}", report.description, pictures(images))
    if complaint.kind == Kind.PET:
        photos = PetPhoto.objects.filter(pet_id=complaint.object_id).select_related("image")
        return format_html("<p>{}</p>{}", complaint.evidence, pictures(photo.image for photo in photos))
    return complaint.evidence


@admin.register(ModerationAct)
class ModerationActAdmin(_AboutAnObject):
    """To read only, for superusers too: an audit trail that can be edited is none."""

    kinds = (*HideKind.values, "user", "abuse", "task")
    list_display = ["created_at", "actor_name", "act", "kind", "object_id", "reason"]
    list_filter = ["act"]
    search_exact = ("object_id", "actor__username_key")
    search_help_text = "Number of what was acted on, or the display name of the member of staff, in whole"
    sortable_by = ()


@admin.register(Block)
class BlockAdmin(ReadOnlyAdmin):
    list_display = ["id", "blocker", "blocked", "created_at"]
    list_select_related = ["blocker", "blocked"]
    search_exact = ["blocker__username_key", "blocked__username_key"]
    search_help_text = "Display name of either side, in whole"
