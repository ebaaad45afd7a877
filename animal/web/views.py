"""Pages for people who have no separate web client. They read and report without JavaScript."""

from __future__ import annotations

from typing import Any

from django.contrib import messages as flash
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from animal.core.errors import ApplicationError, NotFound
from animal.core.idempotency import submitted_once
from animal.core.throttles import page_throttled
from animal.matching.models import PetMatch
from animal.matching.selectors import access_match
from animal.matching.services import match_confirm, match_dismiss
from animal.reports.models import Report
from animal.reports.selectors import report_photos
from animal.reports.serializers import ReportInputSerializer
from animal.reports.services import ReportData, report_file
from animal.web.answers import error_said, gone_already, is_scripted, on_to, safe_path
from animal.web.forms import (
    animal_form_errors,
    errors_said,
    lost_already,
    problems_of,
    report_follow,
    report_form_context,
    report_form_data,
    too_long,
)
from animal.web.kept_photos import kept_context, kept_photos
from animal.web.photo_hints import flash_hints
from animal.web.viewers import signed_in


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers ask for it on pages that name no icon of their own: the admin, the API's docs."""
    return redirect(static("web/icon.svg"), permanent=True)


@require_POST
@login_required(login_url="sign-in")
def match_answer(request: HttpRequest, match_id: int, answer: str) -> HttpResponse:
    verdicts: dict[str, Any] = {"confirm": match_confirm, "dismiss": match_dismiss}
    if answer not in verdicts:
        raise Http404
    viewer, back = signed_in(request), safe_path(request, request.POST.get("next", "/"))
    try:
        match = verdicts[answer](actor=viewer, match=access_match(viewer, match_id))
    except NotFound:
        if answer == "dismiss":  # A finder who did so sees it no more.
            return gone_already(request, back)
        raise Http404 from None
    except ApplicationError as error:
        flash.error(request, str(error.detail))
    else:
        flash.success(request, _answered(match))
    return redirect(back)


def _answered(match: PetMatch) -> str:
    if match.status == PetMatch.Status.DISMISSED:
        return _("Thank you. These two are not shown together again.")
    if match.lost_report_id is None:
        return _("You see the exact place now, and the chat with the finder is open.")
    return _("You and the finder see each other's exact place now, and the chat between you is open.")


def _report_filed(request: HttpRequest, report_id: str) -> HttpResponse:
    report = Report.objects.get(pk=report_id)
    flash.success(request, _("Thank you. We compare the photo now, and tell you about every likely match."))
    if report.pet is not None and not report.pet.is_public:
        said = _("%(name)s is a private pet, so the report is on no public page. Make it public to reach more people.")
        flash.info(request, said % {"name": report.pet.name})
    flash_hints(request, report_photos(report))
    if back := request.POST.get("next"):
        return on_to(request, safe_path(request, back))
    return on_to(request, "report", report_id=report.pk)


@login_required(login_url="sign-in")
@page_throttled("report_pet")
@require_http_methods(["GET", "HEAD", "POST"])
@submitted_once("report", rebuild=_report_filed)
def report_new(request: HttpRequest) -> HttpResponse:
    """File a lost or a found report: the same form, checks and service as the API's."""
    viewer = signed_in(request)
    problems: list[str] = []
    errors: dict[str, str] = {}
    uploads = request.FILES.getlist("image")[:1]
    if request.method == "POST":
        form = ReportInputSerializer(data=report_form_data(request, viewer))
        if form.is_valid() and not (errors := too_long(request) or lost_already(request, viewer)):
            upload = form.validated_data.pop("image", None)
            try:
                kept = kept_photos(request, uploader=viewer, uploads=uploads)
                data = ReportData(**form.validated_data)
                report = report_file(actor=viewer, data=data, upload=upload, kept=kept, then=report_follow(request))
            except ApplicationError as error:
                problems, errors = [error_said(error)], errors_said(error.errors)
            else:
                return _report_filed(request, str(report.pk))
        else:
            # Of a text that is too long, before what the two together are.
            errors = errors or animal_form_errors(form) | too_long(request)
            problems = problems_of(errors)
    if problems and is_scripted(request):
        return JsonResponse({"problems": problems}, status=400)
    context = report_form_context(request, viewer, problems=problems, errors=errors)
    if problems:
        context["kept_photos"] = kept_context(request, uploader=viewer, uploads=uploads)
    return render(request, "web/report.html", context, status=400 if problems else 200)
