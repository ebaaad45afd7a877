"""Changing a report of one's own: its words, place and photos; and deleting it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages as flash
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from animal.core.errors import ApplicationError, Conflict, NotFound
from animal.core.idempotency import submitted_once
from animal.core.throttles import page_throttled
from animal.reports.editing import report_delete, report_edit, report_photo_remove, report_photos_add
from animal.reports.models import Report
from animal.reports.selectors import access_report_as_author, report_photos
from animal.reports.serializers import ReportEditSerializer
from animal.web.answers import error_said, gone_already, is_scripted, on_to
from animal.web.forms import errors_of, problems_of
from animal.web.report_cards import report_page
from animal.web.report_edit_form import report_edit_context, report_edit_data, report_version
from animal.web.viewers import signed_in, signed_in_only


def _filed_by_me(request: HttpRequest, report_id: int) -> Report:
    """The pet's owner may resolve what somebody filed about it, but not rewrite it."""
    try:
        return access_report_as_author(signed_in(request), report_id)
    except NotFound as error:
        raise Http404(str(error.detail)) from None


def _page(
    request: HttpRequest,
    report: Report,
    *,
    errors: dict[str, str] | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    said = errors or {}
    is_overtaken = status == Conflict.status_code
    context = report_edit_context(request, report, is_refused=status != 200, is_overtaken=is_overtaken)
    context |= {"errors": said, "problems": problems_of(said) + ([problem] if problem else [])}
    context["report"] = report_page(report, viewer=signed_in(request))
    return render(request, "web/report_edit.html", context, status=status)


@signed_in_only
@page_throttled("pet_write")
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, report_id: int) -> HttpResponse:
    """What `PATCH /api/v1/reports/<id>/` does. Where the report was changed since the form was opened, in another
    window or by an app, it says so first: else the form would put everything back as it was then."""
    own = _filed_by_me(request, report_id)
    if request.method != "POST":
        return _page(request, own)
    form = ReportEditSerializer(data=report_edit_data(request, own), partial=True)
    if not form.is_valid():
        return _page(request, own, errors=errors_of(form), status=400)
    try:
        report_edit(
            actor=signed_in(request),
            report=own,
            changes=form.validated_data,
            is_as_seen=lambda current: request.POST.get("version") in (None, report_version(current)),
        )
    except NotFound as error:
        raise Http404(str(error.detail)) from None
    except ApplicationError as error:
        return _page(request, _filed_by_me(request, report_id), problem=str(error.detail), status=error.status_code)
    flash.success(request, _("What you changed of the report is kept, and it is compared again."))
    return redirect("report", report_id=own.pk)


def _photos_kept(request: HttpRequest, image_id: str, report_id: int) -> HttpResponse:
    own = _filed_by_me(request, report_id)
    if UUID(image_id) not in {photo.pk for photo in report_photos(own)}:
        raise NotFound
    return _photos_added(request, own)


def _photos_added(request: HttpRequest, report: Report) -> HttpResponse:
    count = len(report_photos(report))
    said = ngettext("The report has %(count)s photo now.", "The report has %(count)s photos now.", count)
    flash.success(request, said % {"count": count})
    return on_to(request, "report-edit", report_id=report.pk)


@require_POST
@signed_in_only
@page_throttled("pet_write")
@submitted_once("report_photos", rebuild=_photos_kept)
def photos(request: HttpRequest, report_id: int) -> HttpResponse:
    """Adds photos behind those that there are."""
    own = _filed_by_me(request, report_id)
    try:
        report_photos_add(actor=signed_in(request), report=own, uploads=request.FILES.getlist("photos"))
    except ApplicationError as error:
        said, status = error_said(error), error.status_code
        if is_scripted(request):
            return JsonResponse({"problems": [said]}, status=status)
        return _page(request, own, errors={"photos": said}, status=status)
    return _photos_added(request, _filed_by_me(request, report_id))


@require_POST
@signed_in_only
@page_throttled("pet_write")
def photo_remove(request: HttpRequest, report_id: int, image_id: UUID) -> HttpResponse:
    own = _filed_by_me(request, report_id)
    try:
        report_photo_remove(actor=signed_in(request), report=own, image_id=image_id)
    except NotFound:
        return gone_already(request, "report-edit", report_id=own.pk)
    flash.success(request, _("The photo is removed."))
    return redirect("report-edit", report_id=own.pk)


@signed_in_only
@page_throttled("pet_write")
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, report_id: int) -> HttpResponse:
    """Says first what goes with it, and that resolving is what one does when all went well."""
    if request.method != "POST":
        own = _filed_by_me(request, report_id)
        return render(request, "web/report_delete.html", {"report": report_page(own, viewer=signed_in(request))})
    try:
        report_delete(report=access_report_as_author(signed_in(request), report_id))
    except NotFound:
        return gone_already(request, "reports")
    flash.success(request, _("The report is deleted, with its photos, chats and matches."))
    return redirect("reports")
