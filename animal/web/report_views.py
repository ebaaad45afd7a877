"""One's own reports: what happened to each, which animals may be the same, and its end."""

from __future__ import annotations

from django.contrib import messages as flash
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from animal.core.errors import ApplicationError, Conflict, NotFound
from animal.core.throttles import page_throttled
from animal.core.urls import service_url
from animal.pets.selectors import access_pet_as_owner
from animal.pets.services import pet_edit
from animal.reports.cases import public_page, require_lost
from animal.reports.models import Report
from animal.reports.posters import poster_file
from animal.reports.selectors import access_report_as_author, access_report_as_reporter, live_pet
from animal.reports.services import report_retry_features, report_set_status
from animal.web.answers import file_or_page, refusals_answered
from animal.web.kind_doubts import other_kind
from animal.web.pet_forms import PRINTS
from animal.web.report_cards import my_report_cards, report_page
from animal.web.viewers import signed_in, signed_in_only


def _own(request: HttpRequest, report_id: int) -> Report:
    try:
        return access_report_as_reporter(signed_in(request), report_id)
    except NotFound as error:
        raise Http404(str(error.detail)) from None


def _page(request: HttpRequest, report: Report, *, problem: str = "", status: int = 200) -> HttpResponse:
    shown = report_page(report, viewer=signed_in(request))
    address = service_url(shown.public_page) or request.build_absolute_uri(shown.public_page)
    context = {**PRINTS, "report": shown, "share_address": address, "problem": problem}
    context["other_kind"] = other_kind(report, signed_in(request))
    return render(request, "web/my_report.html", context, status=status)


@require_safe
@signed_in_only
def reports(request: HttpRequest) -> HttpResponse:
    return render(request, "web/my_reports.html", {"reports": my_report_cards(signed_in(request))})


@require_safe
@signed_in_only
def report(request: HttpRequest, report_id: int) -> HttpResponse:
    return _page(request, _own(request, report_id))


@require_POST
@signed_in_only
@page_throttled("pet_write")
def report_status(request: HttpRequest, report_id: int) -> HttpResponse:
    """Resolve it, or open it again: what `POST /api/auth/pets/locations/<id>/status/` does."""
    own = _own(request, report_id)
    try:
        changed = report_set_status(actor=signed_in(request), report=own, status=request.POST.get("status", ""))
    except ApplicationError as error:
        return _page(request, own, problem=str(error.detail), status=error.status_code)
    if changed.status == Report.Status.RESOLVED:
        flash.success(request, _("The report is resolved. It is off the map, and those who talk with you are told."))
    else:
        flash.success(request, _("The report is open again, and we look for matches."))
    return redirect("report", report_id=own.pk)


@require_POST
@signed_in_only
@page_throttled("pet_write")
@refusals_answered
def report_show(request: HttpRequest, report_id: int) -> HttpResponse:
    """Make the report's pet public, and with it the report: both are the viewer's to show."""
    own = _own(request, report_id)
    pet = live_pet(own)
    if pet is None:
        raise NotFound(_("This report is about no pet of yours."))
    if not own.is_open:
        raise Conflict(_("This report is closed, or our staff hid it: it cannot be shown to others."), code="not_open")
    pet_edit(pet=access_pet_as_owner(signed_in(request), pet.pk), changes={"is_public": True})
    if public_page(_own(request, report_id)):
        flash.success(request, _("Everybody sees the report now, on the map and on a page of its own."))
    else:
        flash.success(request, _("Others will see the report as soon as you have confirmed your address."))
    return redirect("report", report_id=report_id)


@require_POST
@signed_in_only
@page_throttled("pet_write")
def report_look_again(request: HttpRequest, report_id: int) -> HttpResponse:
    own = _own(request, report_id)
    try:
        report_retry_features(report=own)
    except ApplicationError as error:
        flash.error(request, str(error.detail))
    else:
        flash.success(request, _("The photo is looked at again."))
    return redirect("report", report_id=own.pk)


@require_safe
@signed_in_only
@page_throttled("pet_write", methods=("GET", "HEAD"))  # It takes a good deal longer to make than other answers.
def report_poster(request: HttpRequest, report_id: int) -> HttpResponse:
    """For whoever filed it; of what cannot be printed the report's page says why."""
    try:
        own = access_report_as_author(signed_in(request), report_id)
    except NotFound as error:
        raise Http404(str(error.detail)) from None
    return file_or_page(
        lambda: poster_file(request, require_lost(own)),
        lambda problem, status: _page(request, own, problem=problem, status=status),
    )
