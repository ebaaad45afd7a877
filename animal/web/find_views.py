"""The public page of a found animal: its photos, and how somebody whose animal it may be writes to the finder."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages as flash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from animal.chat.models import Message
from animal.core.geo import BLUR_MAX_M
from animal.core.idempotency import submitted_once
from animal.core.sentences import restated
from animal.core.throttles import page_throttled
from animal.core.urls import service_url
from animal.images.selectors import image_address
from animal.images.withholding import is_withheld
from animal.matching.models import PetMatch
from animal.matching.selectors import match_between
from animal.reports.cases import case_facts, case_name, find_public, public_page
from animal.reports.map_selectors import map_around
from animal.reports.models import Report
from animal.reports.selectors import (
    access_report_as_author,
    display_name,
    first_photo,
    live_pet,
    lost_reports_of,
    report_photos,
)
from animal.web.answers import refusals_answered, waiting
from animal.web.contact_form import Refused, contact_sent
from animal.web.viewers import viewer_of

# Of the lost animal, with the first message.
PHOTOS_SHOWN = 3


@require_safe
@refusals_answered
def find(request: HttpRequest, report_id: int) -> HttpResponse:
    return _page(request, find_public(report_id))


def _message_sent(request: HttpRequest, message_id: str, report_id: int) -> HttpResponse:
    message = Message.objects.only("conversation_id", "sender_id").get(pk=message_id)
    lost = _matched_as_well(request, report_id)
    if lost is not None:
        said = _("Your message is on its way. We took these two for the same animal as well: compare the photos, and "
                 "answer here.")  # fmt: skip
        flash.success(request, said)
        return redirect(f"{reverse('report', args=[lost.pk])}#matches")
    flash.success(request, _("Thank you. Your message is on its way; nobody was shown your address."))
    if message.sender_id is None:
        return redirect("find", report_id=report_id)
    return redirect("chat", conversation_id=message.conversation_id)


@require_POST
@page_throttled("contact_owner")
@refusals_answered
@submitted_once("message", rebuild=_message_sent)
def find_message(request: HttpRequest, report_id: int) -> HttpResponse:
    """To the finder. With a lost report of one's own, where it is seen, too; if the two are a match that waits for an
    answer, that is answered next."""
    found = find_public(report_id)
    try:
        message = contact_sent(request, found, **_told_of(request, _report_meant(request, viewer_of(request))))
    except Refused as refused:
        page = _page(request, found, problem=refused.said, status=refused.status)
        return waiting(page, refused.error) if refused.error is not None else page
    return _message_sent(request, str(message.pk), found.pk)


def _matched_as_well(request: HttpRequest, report_id: int) -> Report | None:
    """The lost report that was named, where we match it with this found one and nobody has answered that."""
    viewer = viewer_of(request)
    lost, found = _report_meant(request, viewer), Report.objects.filter(pk=report_id).first()
    if viewer is None or lost is None or found is None:
        return None
    match = match_between(viewer, lost, found)
    return lost if match is not None and match.status == PetMatch.Status.PENDING else None


def _own_lost(viewer: User | None) -> list[Report]:
    return list(lost_reports_of(viewer)) if viewer is not None and viewer.is_proven else []


def _report_meant(request: HttpRequest, viewer: User | None) -> Report | None:
    """Only one of the viewer's own: whatever else was sent names nothing."""
    named = request.POST.get("lost_report", "")
    meant = next((report for report in _own_lost(viewer) if str(report.pk) == named), None)
    return access_report_as_author(viewer, meant.pk) if viewer is not None and meant is not None else None


def _told_of(request: HttpRequest, lost: Report | None) -> dict[str, Any]:
    """What the finder compares: the lost report's photos, and its page, if everybody may see it."""
    if lost is None:
        return {}
    pet, path = live_pet(lost), public_page(lost)
    photos = report_photos(lost) + ([photo.image for photo in pet.photos.all()] if pet is not None else [])
    shown = list({photo.pk: photo for photo in photos if not is_withheld(photo)}.values())
    address = (service_url(path) or request.build_absolute_uri(path)) if path else ""
    return {"ending": address, "photos": shown[:PHOTOS_SHOWN]}


def _page(request: HttpRequest, report: Report, *, problem: str = "", status: int = 200) -> HttpResponse:
    """Of the finder's words nothing: what is not shown, an owner can say, and somebody who only claims to be cannot."""
    facts, viewer = case_facts(report, with_photo=False), viewer_of(request)
    photos = report_photos(report) or [photo for photo in [first_photo(report)] if photo is not None]
    here = reverse("find", args=[report.pk])
    context: dict[str, Any] = {
        "report": report,
        "facts": facts,
        "called": case_name(report) or restated(display_name(report)),
        "photos": [image_address(photo) for photo in photos if not is_withheld(photo)],
        "marks": ", ".join(gettext(mark) for mark in [*filter(None, (facts.sex, facts.size)), *facts.colours]),
        "species": gettext(facts.species) if facts.species else "",
        "around": map_around(report),
        "moved_by": int(BLUR_MAX_M),
        "address": service_url(here) or request.build_absolute_uri(here),
        "is_own": viewer is not None and report.reporter_id == viewer.pk,
        "own_lost": [(str(lost.pk), restated(display_name(lost))) for lost in _own_lost(viewer)],
        "to_report": "/report?" + urlencode({"status": "lost", "type": report.pet_type, "next": here}),
        "problem": problem,
        "data": request.POST if request.method == "POST" else {},
    }
    return render(request, "web/find.html", context, status=status)
