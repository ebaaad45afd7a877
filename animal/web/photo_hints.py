"""How people are told on pages that a photo of theirs could be a better one."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib import messages as flash
from django.http import HttpRequest

from accounts.models import User
from animal.core.sentences import restated
from animal.images.hints import hints_said
from animal.images.models import Image
from animal.reports.cards import hints_for
from animal.reports.models import Report
from animal.reports.selectors import display_name

REPORTS_LOOKED_AT = 20


def flash_hints(request: HttpRequest, images: Iterable[Image]) -> None:
    """On the page that comes next, each sentence once."""
    for sentence in dict.fromkeys(said["message"] for image in images for said in hints_said(image.hints)):
        flash.info(request, sentence)


def own_photo_hints(viewer: User) -> list[str]:
    """Of the newest open reports, by then with what recognition saw: "Milo: This photo is very dark. ..."."""
    reports = Report.objects.filter(reporter=viewer).exclude(status=Report.Status.RESOLVED).order_by("-reported_at")
    newest = reports.select_related("image", "pet").prefetch_related("more_photos__image")[:REPORTS_LOOKED_AT]
    said = (
        f"{restated(display_name(report))}: {hint['message']}"
        for report in newest
        for hint in hints_for(report, viewer)
    )
    return list(dict.fromkeys(said))
