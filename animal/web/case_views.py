"""Where printed codes lead: to a tag's page, and to that of a lost animal, with its picture and its form."""

from __future__ import annotations

from django.contrib import messages as flash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext, override
from django.utils.translation import gettext as _
from django.views.decorators.http import conditional_page, require_POST, require_safe

from animal.chat.models import Message
from animal.core.errors import NotFound
from animal.core.geo import BLUR_MAX_M
from animal.core.idempotency import submitted_once
from animal.core.languages import DEFAULT, accepted_language, known_language
from animal.core.throttles import page_throttled
from animal.core.urls import service_url
from animal.images.selectors import image_address
from animal.images.withholding import is_withheld
from animal.pets.printing.choices import SHARE_IMAGE_PX
from animal.pets.printing.serializers import JPEG
from animal.pets.selectors import pet_by_tag
from animal.pets.tags import is_older_tag, tag_address
from animal.reports.cases import case_facts, case_name, case_public
from animal.reports.map_selectors import map_around
from animal.reports.models import Report
from animal.reports.selectors import first_photo
from animal.web.answers import refusals_answered, waiting
from animal.web.contact_form import Refused, contact_sent

# Anybody may see it, and it takes long to draw. Staff may hide the case any time: five minutes, as with a photo.
PICTURE_CACHE_CONTROL = "public, max-age=300"


@require_safe
@refusals_answered
def short_tag(request: HttpRequest, tag: str) -> HttpResponse:
    """From what a printed tag of ours says to the tag's page, which a separate web client may have."""
    if is_older_tag(tag):
        raise NotFound(gettext("No pet carries this tag."))
    return redirect(tag_address(pet_by_tag(tag).animal_id))


@require_safe
@refusals_answered
def case(request: HttpRequest, case_id: int) -> HttpResponse:
    return _page(request, case_public(case_id))


def _message_sent(request: HttpRequest, message_id: str, case_id: int) -> HttpResponse:
    Message.objects.only("pk").get(pk=message_id)
    flash.success(request, _("Thank you. Your message is on its way; nobody was shown your address."))
    return redirect("case", case_id=case_id)


@require_POST
@page_throttled("contact_owner")
@refusals_answered
@submitted_once("message", rebuild=_message_sent)
def case_message(request: HttpRequest, case_id: int) -> HttpResponse:
    report = case_public(case_id)
    try:
        message = contact_sent(request, report)
    except Refused as refused:
        page = _page(request, report, problem=refused.said, status=refused.status)
        return waiting(page, refused.error) if refused.error is not None else page
    return _message_sent(request, str(message.pk), report.pk)


@require_safe
@page_throttled("pet_write", methods=("GET", "HEAD"), by_address=True)  # As the poster, which takes as long to make.
@conditional_page
@refusals_answered
def case_picture(request: HttpRequest, case_id: int) -> HttpResponse:
    """1200 x 630, as Open Graph's readers ask for."""
    from animal.pets.printing.share_image import share_image_jpeg  # On first use: what sets pages is large.

    report = case_public(case_id)
    told_in = known_language(report.reporter.language)
    picture = share_image_jpeg(case_facts(report), language=told_in or accepted_language(request))
    response = HttpResponse(picture, content_type=JPEG)
    response["Cache-Control"] = PICTURE_CACHE_CONTROL
    if not told_in:
        response["Vary"] = "Accept-Language"
    return response


def _asked(name: str) -> str:
    return _("Have you seen %(name)s?") % {"name": name} if name else _("Have you seen it?")


def _page(request: HttpRequest, report: Report, *, problem: str = "", status: int = 200) -> HttpResponse:
    photo = first_photo(report)
    facts = case_facts(report, with_photo=False)
    name = case_name(report)
    # Other sites ask for what they show of it in a language of their own: theirs is not that of those who read it.
    told_in = known_language(report.reporter.language) or get_language() or DEFAULT
    with override(told_in):
        asked_elsewhere = _asked(name)
    path = reverse("case", args=[report.pk])
    picture = reverse("case-picture", args=[report.pk])
    context = {
        "report": report,
        "facts": facts,
        "around": map_around(report),
        "moved_by": int(BLUR_MAX_M),
        "marks": ", ".join(gettext(mark) for mark in [*filter(None, (facts.sex, facts.size)), *facts.colours]),
        "species": gettext(facts.species) if facts.species else "",
        "asked": _asked(name),
        "told_in": told_in,
        "asked_elsewhere": asked_elsewhere,
        "name": name,
        "is_own": request.user.is_authenticated and report.reporter_id == request.user.pk,
        "called": name or _("This animal"),
        "photo": image_address(photo) if photo is not None and not is_withheld(photo) else "",
        # Absolute, as those who read them ask; nobody has said where we are: as we were asked.
        "address": service_url(path) or request.build_absolute_uri(path),
        "picture": service_url(picture) or request.build_absolute_uri(picture),
        "picture_size": SHARE_IMAGE_PX,
        "problem": problem,
        "data": request.POST if request.method == "POST" else {},
    }
    return render(request, "web/case.html", context, status=status)
