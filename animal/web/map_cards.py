"""Open reports as the map's pages list them: one page at a time, with the same filters as the map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from animal.core.geo import haversine_m
from animal.images.selectors import image_address
from animal.recognition.labels import SPECIES
from animal.reports.map_query import DEFAULT_DISTANCE_KM, map_filter, map_query
from animal.reports.map_selectors import (
    MapFilter,
    card_photo,
    map_page,
    newest_with_cards,
    reports_shown_on_map,
    widened,
)
from animal.reports.models import Report
from animal.reports.selectors import is_mine
from animal.web.forms import errors_of, problems_of
from animal.web.places import point_pasted
from animal.web.presenters import ReportCard, report_card

ON_PAGE = 24
FILTERS = ("status", "species", "days", "near", "distance_km")
# Nobody pages through more; a number behind it costs the database a walk over all before.
MOST_PAGES = 100
DAYS = [(7, gettext_lazy("7 days")), (30, gettext_lazy("30 days")), (90, gettext_lazy("90 days"))]
DISTANCES_KM = (2, 5, 10, 25, 50, 100)
STATUSES = [("lost", gettext_lazy("Lost")), ("found", gettext_lazy("Found"))]
SPECIES_SAID = {
    "dog": gettext_lazy("Dogs"),
    "cat": gettext_lazy("Cats"),
    "bird": gettext_lazy("Birds"),
    "rabbit": gettext_lazy("Rabbits"),
    "hamster": gettext_lazy("Hamsters"),
    "guinea pig": gettext_lazy("Guinea pigs"),
    "ferret": gettext_lazy("Ferrets"),
    "horse": gettext_lazy("Horses"),
    "cow": gettext_lazy("Cows"),
    "sheep": gettext_lazy("Sheep"),
    "goat": gettext_lazy("Goats"),
    "pig": gettext_lazy("Pigs"),
    "turtle": gettext_lazy("Turtles"),
}


@dataclass(frozen=True)
class MapCard:
    report: ReportCard
    url: str
    distance: str
    complain_at: str
    """Of those that have no page of their own, where it stands; not of the viewer's own."""


@dataclass(frozen=True)
class Listed:
    """`asked` are the filters as the form shows them; `query` is the same as an address has it."""

    cards: list[MapCard]
    total: int
    page: int
    pages: int
    asked: dict[str, str]
    query: str
    is_filtered: bool
    is_part: bool
    problems: list[str]
    wider: list[tuple[str, str]]


def listed(parameters: Mapping[str, str], *, viewer: User | None, on_page: int = 0) -> Listed:
    """What cannot be understood is said, and left out. `on_page`: ON_PAGE unless given."""
    on_page = on_page or ON_PAGE
    asked = {name: str(parameters.get(name, "")).strip()[:60] for name in FILTERS}
    if point := point_pasted(asked["near"]):
        asked["near"] = ",".join(point)
    box = str(parameters.get("bbox", "")).strip()
    query = map_query({**asked, "bbox": box})
    problems = [] if query.is_valid() else problems_of(errors_of(query))
    if problems:
        asked = {name: "" if name in query.errors else value for name, value in asked.items()}
        box = "" if "bbox" in query.errors else box
        query = map_query({**asked, "bbox": box})
        query.is_valid(raise_exception=True)
    wanted = replace(map_filter(query.validated_data), is_test=True if viewer is not None and viewer.is_test else None)
    reports = reports_shown_on_map(wanted)
    total = reports.count()
    pages = min(MOST_PAGES, max(1, -(-total // on_page)))
    page = _page(parameters.get("page", ""), pages)
    shown = newest_with_cards(reports)[(page - 1) * on_page : page * on_page] if total else []
    asked_for = {name: value for name, value in asked.items() if value}
    if not asked["near"]:
        asked_for.pop("distance_km", None)
    return Listed(
        cards=[_card(report, wanted, viewer) for report in shown],
        total=total,
        page=page,
        pages=pages,
        asked={**asked, "distance_km": asked["distance_km"] or f"{DEFAULT_DISTANCE_KM:g}"},
        query=urlencode({**asked_for, **({"bbox": box} if box else {})}),
        is_filtered=bool(asked_for),
        is_part=bool(box),
        problems=problems,
        wider=[] if total else _wider(wanted, asked_for),
    )


def _page(text: str, pages: int) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
    return max(1, min(pages, number))


def _card(report: Report, wanted: MapFilter, viewer: User | None) -> MapCard:
    photo = card_photo(report)
    shown = replace(report_card(report), image=image_address(photo, "thumbnail") if photo is not None else "")
    distance = ""
    if wanted.near is not None:
        there = report.public_point
        distance = _("about %(km)s km away") % {"km": _km(wanted, there)}
    page = map_page(report)
    is_own = viewer is not None and is_mine(viewer, report)
    return MapCard(shown, page, distance, "" if page or is_own else reverse("complain-report", args=[report.pk]))


def _km(wanted: MapFilter, there: tuple[float, float]) -> str:
    near = wanted.near
    km = haversine_m(near.latitude, near.longitude, *there) / 1000 if near is not None else 0.0
    return f"{km:.1f}" if km < 10 else f"{km:.0f}"


def _wider(wanted: MapFilter, asked: dict[str, str]) -> list[tuple[str, str]]:
    """Filters without which there would be something: what to call each, and the address without it."""
    said = {
        "near": _("without the distance"),
        "days": _("from any time"),
        "species": _("of every kind"),
        "status": _("lost and found"),
    }
    found = []
    for name, without in widened(wanted):
        if name in said and reports_shown_on_map(without).exists():
            dropped = {"near", "distance_km"} if name == "near" else {name}
            found.append((said[name], urlencode({key: value for key, value in asked.items() if key not in dropped})))
    return found


def filter_choices() -> dict[str, Any]:
    return {
        "statuses": STATUSES,
        "kinds": [(key, words) for key, words in SPECIES_SAID.items() if key in SPECIES],
        "days": DAYS,
        "distances": DISTANCES_KM,
    }
