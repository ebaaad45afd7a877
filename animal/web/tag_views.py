"""The pages of a tag: the pet's card, and the form of whoever found it. It goes on in `follow_up_views`."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from animal.chat.tag_api import finder_of
from animal.chat.tag_reports import TagFinding, tag_report_file, tag_report_of
from animal.chat.tag_serializers import TagReportSerializer
from animal.core.errors import ApplicationError, NotFound
from animal.core.idempotency import submitted_once
from animal.core.throttles import page_throttled
from animal.images.selectors import image_address
from animal.pets.models import Pet
from animal.pets.notes import notes_shown
from animal.pets.selectors import pet_by_tag
from animal.pets.tags import is_older_tag
from animal.reports.models import Report
from animal.reports.selectors import report_photos
from animal.web.answers import error_said, is_scripted, on_to, unindexed
from animal.web.finding_form import finding_data, states_of
from animal.web.forms import errors_of, problems_of
from animal.web.kept_photos import kept_context, kept_photos
from animal.web.photo_hints import flash_hints
from animal.web.words import kind_said


@require_safe
def found_tag(request: HttpRequest, tag: str) -> HttpResponseBase:
    """What a scanned tag shows: the pet's public card, and nobody's contact details."""
    return (_older_tag_card if is_older_tag(tag) else _tag_card)(request, tag)


def _tag_card(request: HttpRequest, tag: str) -> HttpResponse:
    return _card(request, _pet(tag))


# Those printed before our time have four to six characters: whoever tries them one after the other is slowed down.
_older_tag_card = page_throttled("anon", methods=("GET", "HEAD"), by_address=True)(_tag_card)


def _reported(request: HttpRequest, report_id: str, tag: str) -> HttpResponse:
    filed = tag_report_of(Report.objects.get(pk=report_id), finder=finder_of(request.user))
    flash_hints(request, report_photos(filed.report))
    if not filed.follow_up:
        return on_to(request, "chat", conversation_id=filed.conversation.pk)
    return on_to(request, "follow-up", token=filed.follow_up)


@require_POST
@page_throttled("tag_report")
@submitted_once("report", rebuild=_reported)
def found_report(request: HttpRequest, tag: str) -> HttpResponse:
    """What `POST /api/v1/found/<tag>/report/` does."""
    pet = _pet(tag)
    form = TagReportSerializer(data=finding_data(request, pet_name=pet.name))
    if not form.is_valid():
        errors = errors_of(form)
        return _refused(request, pet, problems_of(errors), errors)
    sent = dict(form.validated_data)
    uploads = sent.pop("photos")
    finder = finder_of(request.user)
    try:
        kept = kept_photos(request, uploader=finder, uploads=uploads)
        filed = tag_report_file(pet=pet, finder=finder, finding=TagFinding(**sent), uploads=uploads, kept=kept)
    except ApplicationError as error:
        return _refused(request, pet, [error_said(error)], {})
    return _reported(request, str(filed.report.pk), tag)


def _refused(request: HttpRequest, pet: Pet, problems: list[str], errors: dict[str, str]) -> HttpResponse:
    if is_scripted(request):
        return unindexed(JsonResponse({"problems": problems}, status=400))
    uploads = request.FILES.getlist("photos")
    kept = kept_context(request, uploader=finder_of(request.user), uploads=uploads)
    return _card(request, pet, problem="; ".join(problems), errors=errors, kept=kept)


def _pet(tag: str) -> Pet:
    try:
        return pet_by_tag(tag)
    except NotFound:
        raise Http404(_("No pet has this tag.")) from None


def _card(
    request: HttpRequest,
    pet: Pet,
    *,
    problem: str = "",
    errors: dict[str, str] | None = None,
    kept: list[dict[str, str]] | None = None,
) -> HttpResponse:
    images = [image_address(photo.image) for photo in pet.photos.all()]
    context = {
        "pet": pet,
        "images": images,
        "kind": kind_said(pet.type),
        "notes": notes_shown(pet),
        "states": states_of(pet.name),
        "complain_at": _complain_at(request, pet),
        "problem": problem,
        "errors": errors or {},
        "kept_photos": kept or [],
        "data": request.POST if request.method == "POST" else {"state": "with_me"},
    }
    return unindexed(render(request, "web/found.html", context, status=400 if problem else 200))


def _complain_at(request: HttpRequest, pet: Pet) -> str:
    """Staff are told of what everybody may see; a private pet's page is seen by whoever was given its tag."""
    is_shown = (pet.is_public or pet.is_lost) and pet.owner.is_proven and pet.owner != request.user
    return reverse("complain-pet", args=[pet.pk]) if is_shown else ""
