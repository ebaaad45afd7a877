"""The form by which somebody changes a report of theirs: what it offers, and how its fields become the API's."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from animal.pets.marks import COLOURS, Sex, Size
from animal.pets.models import Category
from animal.reports.editing import MAX_PHOTOS
from animal.reports.models import Report
from animal.reports.selectors import NAMELESS, live_pet
from animal.web.forms import KINDS
from animal.web.places import place_typed

# Of every report; and of one that is about no registered pet, of which the pet's page would say it.
SEEN = ("latitude", "longitude", "last_seen_date", "last_seen_time", "description")
ANIMAL = ("animal_name", "type", "breed", "sex", "size", "chip_number")
NOT_SAID = {"animal_name": "N/A", "breed": "Unknown"}


def report_known(report: Report) -> dict[str, Any]:
    """What the report says, as the fields of the form have it. Numbers are whole: rounding would move the place."""
    seen_on, seen_at = report.last_seen_date, report.last_seen_time
    known: dict[str, Any] = {
        "latitude": repr(report.latitude),
        "longitude": repr(report.longitude),
        "last_seen_date": seen_on.isoformat() if seen_on else "",
        "last_seen_time": seen_at.isoformat("seconds" if seen_at.second else "minutes") if seen_at else "",
        "description": report.description,
    }
    if live_pet(report) is not None:
        return known
    breed = report.pet_breed
    return known | {
        "animal_name": "" if report.pet_name.strip().casefold() in NAMELESS else report.pet_name,
        "type": report.pet_type,
        "breed": "" if breed == NOT_SAID["breed"] else breed,
        "sex": report.sex,
        "size": report.size,
        "chip_number": report.chip_number,
        "colours": report.colours,
    }


def report_version(report: Report) -> str:
    """Of what the form offers: another one when something of it was changed."""
    return hashlib.sha256(json.dumps(report_known(report), sort_keys=True).encode()).hexdigest()[:32]


def report_edit_data(request: HttpRequest, report: Report) -> dict[str, Any]:
    """The form in the shape of the API's PATCH; what it leaves out stays as it is."""
    post, known = request.POST, report_known(report)
    data: dict[str, Any] = {name: post[name] for name in (*SEEN, *ANIMAL) if name in post and name in known}
    if "latitude" in data or "longitude" in data:
        place = place_typed(data.get("latitude", known["latitude"]), data.get("longitude", known["longitude"]))
        data["latitude"], data["longitude"] = place
    for name, word in NOT_SAID.items():
        if name in data:
            data[name] = data[name].strip() or word
    if "colours" in post and "colours" in known:
        data["colours"] = [colour for colour in post.getlist("colours") if colour]
    # What another client chose for a kind that the page does not offer stays.
    if "type" in data and data["type"] != report.pet_type:
        data["category"] = KINDS.get(data["type"], Category.WILD)
    return data


def report_edit_context(
    request: HttpRequest, report: Report, *, is_refused: bool, is_overtaken: bool
) -> dict[str, Any]:
    """With what was typed where it was refused, else with what is known. The version stays that of the form which was
    sent, until its person is told that it was overtaken."""
    known = report_known(report)
    typed: dict[str, Any] = {}
    if is_refused:
        typed = {name: request.POST[name] for name in (*SEEN, *ANIMAL) if name in request.POST}
        if "colours" in request.POST:
            typed["colours"] = request.POST.getlist("colours")
    sent = request.POST.get("version", "") if is_refused and not is_overtaken else ""
    version = sent or report_version(report)
    return {
        "data": known | typed,
        "version": version,
        "has_pet": live_pet(report) is not None,
        "kinds": list(dict.fromkeys([*KINDS, *filter(None, [report.pet_type])])),
        "sexes": Sex.choices,
        "body_sizes": Size.choices,
        "all_colours": COLOURS,
        "max_mb": settings.MAX_UPLOAD_SIZE_MB,
        "max_photos": MAX_PHOTOS,
    }
