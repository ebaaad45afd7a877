"""A report as the wire contract shows it, to a given viewer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest

from accounts.models import User
from animal.images.hints import photo_hints
from animal.images.selectors import image_url
from animal.reports.models import Report
from animal.reports.selectors import exact_points_shown_to, first_photo, is_mine, live_pet, report_photos


def report_cards(
    reports: Iterable[Report], *, viewer: User, request: HttpRequest | None = None
) -> list[dict[str, Any]]:
    """One card per report, in their order; no query per report."""
    reports = list(reports)
    exact = exact_points_shown_to(viewer, reports)
    return [
        _card(report, mine=is_mine(viewer, report), exact=report.pk in exact, request=request) for report in reports
    ]


def report_card(report: Report, *, viewer: User, request: HttpRequest | None = None) -> dict[str, Any]:
    return report_cards([report], viewer=viewer, request=request)[0]


def _card(report: Report, *, mine: bool, exact: bool, request: HttpRequest | None) -> dict[str, Any]:
    pet = live_pet(report)
    photo = first_photo(report)
    url = image_url(photo, request=request) if photo is not None else None
    name = pet.name if pet is not None else report.pet_name
    return {
        "id": report.pk,
        "pet": pet.pk if pet is not None else None,
        "pet_name": name,
        "latitude": report.latitude if exact else report.public_latitude,
        "longitude": report.longitude if exact else report.public_longitude,
        "status": report.status,
        "description": report.description,
        "reported_at": report.reported_at,
        "resolved_at": report.resolved_at,
        "contact_name": report.contact_name if mine else "",
        "contact_phone": report.contact_phone if mine else "",
        "contact_email": report.contact_email if mine else "",
        "last_seen_date": report.last_seen_date,
        "last_seen_time": report.last_seen_time,
        "animal_name": name,
        "animal_id": pet.animal_id if pet is not None and mine else "",
        "type": pet.type if pet is not None else report.pet_type,
        "breed": pet.breed if pet is not None else report.pet_breed,
        "category": pet.category if pet is not None else report.pet_category,
        "owner_name": pet.owner.username if pet is not None and mine else "",
        "image": url,
        "image_url": url,
        "feature_status": report.feature_status,
        "is_test": report.is_test,
    }


def report_detail(report: Report, *, viewer: User, request: HttpRequest | None = None) -> dict[str, Any]:
    """The card, and what recognition made of the photo, which is for the people concerned."""
    mine = is_mine(viewer, report)
    marks = live_pet(report) or report
    return report_card(report, viewer=viewer, request=request) | {
        "side": report.side,
        "photos": [{"id": photo.pk, "url": image_url(photo, request=request)} for photo in report_photos(report)],
        "is_mine": mine,
        "chip_number": report.chip_number if report.reporter_id == viewer.pk else "",
        "sex": marks.sex,
        "size": marks.size,
        "colours": marks.colours,
        "suggested_species": report.suggested_species if mine else "",
        "suggested_breeds": report.suggested_breeds if mine else [],
        "feature_error": report.feature_error if mine else "",
        "suggestion": _photo_suggestion(report, viewer),
        "photo_hints": hints_for(report, viewer),
    }


def report_filed(report: Report, *, viewer: User, request: HttpRequest | None = None) -> dict[str, Any]:
    """The card, and what can be said of the photo at once."""
    return report_card(report, viewer=viewer, request=request) | {"photo_hints": hints_for(report, viewer)}


def hints_for(report: Report, viewer: User) -> list[dict[str, object]]:
    """For whoever took the photos."""
    return photo_hints(photo for photo in report_photos(report) if photo.uploader_id == viewer.pk)


def _photo_suggestion(report: Report, viewer: User) -> dict[str, Any] | None:
    """When and where the camera says the report's own photo was taken, for the reporter, who uploaded it.

    The pet's owner is not told: on somebody else's report this may be the finder's home.
    """
    photo = report.image
    if photo is None or report.reporter_id != viewer.pk or photo.uploader_id != viewer.pk:
        return None
    said = {
        "latitude": photo.private_latitude,
        "longitude": photo.private_longitude,
        "taken_at": photo.private_taken_at,
    }
    return said if any(value is not None for value in said.values()) else None
