"""Where printed codes lead: to a tag's page, and to that of a lost animal, with its picture and its form."""

from __future__ import annotations

from typing import Any

from django.contrib import messages as flash
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from rest_framework import serializers
from rest_framework.exceptions import Throttled

from accounts.models import User
from animal.chat.guests import guest_check
from animal.chat.services import MAX_BODY, GuestContact, owner_contact
from animal.core.errors import ApplicationError, NotFound, field_label
from animal.core.text import LongTextField, PlainTextField
from animal.core.throttles import client_address, page_throttled
from animal.core.urls import service_url
from animal.images.files import CACHE_CONTROL
from animal.images.selectors import image_address
from animal.images.withholding import is_withheld
from animal.pets.printing.serializers import JPEG, language_of
from animal.pets.printing.share_image import HEIGHT_PX, WIDTH_PX, share_image_jpeg
from animal.pets.selectors import pet_by_tag
from animal.pets.tags import tag_address
from animal.reports.cases import case_facts, case_name, case_public
from animal.reports.models import Report
from animal.reports.selectors import first_photo


class SightingSerializer(serializers.Serializer[dict[str, Any]]):
    message = LongTextField(max_length=MAX_BODY)
    contact_name = PlainTextField(max_length=100)
    contact_email = serializers.EmailField(max_length=254)


@require_safe
def short_tag(request: HttpRequest, tag: str) -> HttpResponse:
    """From what a printed tag says to the tag's page, which a separate web client may have."""
    try:
        return redirect(tag_address(pet_by_tag(tag).animal_id))
    except NotFound as error:
        raise Http404(str(error.detail)) from None


@require_safe
def case(request: HttpRequest, case_id: int) -> HttpResponse:
    return _page(request, _case(case_id))


@require_POST
@page_throttled("contact_owner")
def case_message(request: HttpRequest, case_id: int) -> HttpResponse:
    """What `POST /api/auth/pets/contact-owner/` does, for the report of this page."""
    report = _case(case_id)
    viewer = request.user if isinstance(request.user, User) and request.user.is_proven else None
    form = SightingSerializer(data=request.POST.dict(), partial=viewer is not None)
    if not form.is_valid():
        problem = "; ".join(f"{field_label(name)}: {said[0]}" for name, said in form.errors.items())
        return _page(request, report, problem=problem, status=400)
    said = form.validated_data
    try:
        if viewer is None:
            guest_check(report_id=report.pk, email=said["contact_email"], client=client_address(request))
        sender = viewer or GuestContact(name=said["contact_name"], email=said["contact_email"])
        uploads = request.FILES.getlist("image")[:1]
        owner_contact(report=report, sender=sender, body=said.get("message", ""), uploads=uploads)
    except (ApplicationError, Throttled) as error:
        return _page(request, report, problem=str(error.detail), status=error.status_code)
    flash.success(request, "Thank you. Your message is on its way; nobody was shown your address.")
    return redirect("case", case_id=report.pk)


@require_safe
def case_picture(request: HttpRequest, case_id: int) -> HttpResponse:
    """1200 x 630, as Open Graph's readers ask for. Kept no longer than a photo, which staff may hide any time."""
    facts = case_facts(_case(case_id))
    response = HttpResponse(share_image_jpeg(facts, language=language_of(request)), content_type=JPEG)
    response["Cache-Control"] = CACHE_CONTROL
    response["Vary"] = "Accept-Language"
    return response


def _case(case_id: int) -> Report:
    try:
        return case_public(case_id)
    except NotFound as error:
        raise Http404(str(error.detail)) from None


def _page(request: HttpRequest, report: Report, *, problem: str = "", status: int = 200) -> HttpResponse:
    photo = first_photo(report)
    facts = case_facts(report, with_photo=False)
    path = reverse("case", args=[report.pk])
    picture = reverse("case-picture", args=[report.pk])
    context = {
        "report": report,
        "facts": facts,
        "marks": ", ".join([*filter(None, (facts.sex, facts.size)), *facts.colours]),
        "name": case_name(report),
        "called": case_name(report) or f"This {facts.species or 'animal'}",
        "photo": image_address(photo) if photo is not None and not is_withheld(photo) else "",
        # Absolute, as those who read them ask; nobody has said where we are: as we were asked.
        "address": service_url(path) or request.build_absolute_uri(path),
        "picture": service_url(picture) or request.build_absolute_uri(picture),
        "picture_width": WIDTH_PX,
        "picture_height": HEIGHT_PX,
        "problem": problem,
        "data": request.POST if request.method == "POST" else {},
    }
    return render(request, "web/case.html", context, status=status)
