"""What everybody may see of open reports on the map and in its list: the same filters, and public points only.

A box, a distance and a cluster are compared with the public points: with the true ones, ever smaller boxes would find
out the true place.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.db.models import Avg, Count, F, Max, Min, Prefetch, Q, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cos, Floor, Radians, Sin
from django.utils import timezone

from animal.core.geo import EARTH_RADIUS_M, bounding_box
from animal.images.models import Image
from animal.pets.models import PetPhoto
from animal.reports.bbox import BoundingBox
from animal.reports.cases import page_path
from animal.reports.models import Report
from animal.reports.selectors import OPEN_STATUSES, live_pet, shown_to_others

MAX_FEATURES = 500
MAX_ZOOM = 22
AROUND_KM = 5
# Reports that are nearer than this to each other on the screen are one cluster. A tile is 256 pixels wide.
CLUSTER_PX = 72
# How wide a cluster is drawn: no two of them shall lie on each other.
MARKER_PX = 48
WORLD = BoundingBox(-180.0, -90.0, 180.0, 90.0)
# What an owner keeps private is on no public page. The report of a pet that was deleted stays, with its own photo.
NOT_PRIVATE = Q(pet=None) | Q(pet__is_public=True)
LATITUDE, LONGITUDE = "public_latitude", "public_longitude"


@dataclass(frozen=True)
class Near:
    latitude: float
    longitude: float
    distance_km: float


@dataclass(frozen=True)
class MapFilter:
    """`status` and `species`: "" for any. `days`: reported within so many. `is_test`: None for what visitors see, which
    is test data only where there is nothing else, as in a demo."""

    status: str = ""
    species: str = ""
    days: int | None = None
    near: Near | None = None
    bbox: BoundingBox | None = None
    is_test: bool | None = None


@dataclass(frozen=True)
class Cluster:
    """Several reports that lie close together at a zoom. `box` holds their points."""

    count: int
    lost: int
    latitude: float
    longitude: float
    box: BoundingBox


@dataclass(frozen=True)
class MapPart:
    """`total`: how many reports pass the filter; `is_whole`: all of them are among what is shown."""

    reports: list[Report]
    clusters: list[Cluster]
    total: int
    is_whole: bool


def reports_shown_on_map(wanted: MapFilter) -> QuerySet[Report]:
    """Open reports that everybody may see and that pass the filter, in no order."""
    statuses = [wanted.status] if wanted.status else list(OPEN_STATUSES)
    is_test = shows_test_data() if wanted.is_test is None else wanted.is_test
    reports = Report.objects.filter(NOT_PRIVATE, shown_to_others(), status__in=statuses, is_test=is_test)
    if wanted.species:
        reports = reports.filter(species=wanted.species)
    if wanted.days is not None:
        reports = reports.filter(reported_at__gte=timezone.now() - timedelta(days=wanted.days))
    if wanted.bbox is not None:
        reports = reports.filter(wanted.bbox.contains(latitude=LATITUDE, longitude=LONGITUDE))
    return reports if wanted.near is None else _near(reports, wanted.near)


def shows_test_data() -> bool:
    return not Report.objects.filter(is_test=False).exists()


def map_part(wanted: MapFilter, *, zoom: int | None) -> MapPart:
    """The reports of a part of the map, each by itself without a zoom; with one, close ones as clusters."""
    reports = reports_shown_on_map(wanted)
    if zoom is None:
        shown = list(newest_with_cards(reports)[: MAX_FEATURES + 1])
        is_whole = len(shown) <= MAX_FEATURES
        total = len(shown) if is_whole else reports.count()
        return MapPart(shown[:MAX_FEATURES], [], total, is_whole)
    return _clustered(reports, _grid(wanted.bbox or WORLD, zoom))


def newest_with_cards(reports: QuerySet[Report]) -> QuerySet[Report]:
    """With what a card shows, in two queries."""
    photos = PetPhoto.objects.select_related("image").only(
        "pet_id", "position", "image__master", "image__thumbnail", "image__rendition"
    )
    related = reports.select_related("pet", "image").only(
        *(
            "reporter_id",
            "side",
            "status",
            "pet_name",
            "pet_type",
            "pet_breed",
            "species",
            "suggested_species",
            "last_seen_date",
            "reported_at",
            "is_test",
        ),
        *("public_latitude", "public_longitude", "image__master", "image__thumbnail", "image__rendition"),
        *("pet__owner_id", "pet__name", "pet__type", "pet__breed", "pet__deleted_at"),
    )
    ordered = related.prefetch_related(Prefetch("pet__photos", queryset=photos.order_by("position", "pk")))
    return ordered.order_by("-reported_at", "-pk")


def card_photo(report: Report) -> Image | None:
    """The report's own photo, else the first of its pet."""
    if report.image is not None:
        return report.image
    pet = live_pet(report)
    return next((photo.image for photo in pet.photos.all()), None) if pet is not None else None


def map_page(report: Report) -> str:
    """The path of the public page of what is on the map; "" for a pet that was deleted."""
    return page_path(report) if report.pet is None or live_pet(report) is not None else ""


def map_around(report: Report) -> str:
    """The path of the map around the report's moved point, for what has no page of its own."""
    return map_near(*report.public_point, within_km=AROUND_KM)


def map_near(latitude: float, longitude: float, *, within_km: int) -> str:
    return f"/pet/map?near={latitude:.5f},{longitude:.5f}&distance_km={within_km}"


# --- near a point -----------------------------------------------------------------------------------------------------


def _near(reports: QuerySet[Report], near: Near) -> QuerySet[Report]:
    """Within the distance on the sphere: a box that indexes and sums can pass quickly, then the spherical law of
    cosines, which double precision carries down to millimetres."""
    south, west, north, east = bounding_box(near.latitude, near.longitude, near.distance_km * 1000)
    box = BoundingBox(west, south, east, north)
    phi, theta = math.radians(near.latitude), math.radians(near.longitude)
    latitude, longitude = Radians(F(LATITUDE)), Radians(F(LONGITUDE))
    along: Combinable = Cos(latitude) * Value(math.cos(phi)) * Cos(longitude - Value(theta))
    cosine: Combinable = Sin(latitude) * Value(math.sin(phi)) + along
    angle = min(math.pi, near.distance_km * 1000 / EARTH_RADIUS_M)
    inside = reports.filter(box.contains(latitude=LATITUDE, longitude=LONGITUDE))
    return inside.annotate(cosine=cosine).filter(cosine__gte=math.cos(angle))


# --- clusters ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Grid:
    """Steps in degrees, square on a Mercator map in the middle of what is looked at."""

    across: float
    down: float


def _grid(box: BoundingBox, zoom: int) -> _Grid:
    across = CLUSTER_PX * 360.0 / (256 * 2**zoom)
    middle = max(-80.0, min(80.0, (box.south + box.north) / 2))
    return _Grid(across, across * math.cos(math.radians(middle)))


def _clustered(reports: QuerySet[Report], grid: _Grid) -> MapPart:
    """The largest MAX_FEATURES cells. The database counts, whatever there is: four queries."""
    cells: Any = (
        reports.annotate(
            column=Floor(F(LONGITUDE) / Value(grid.across)),
            row=Floor(F(LATITUDE) / Value(grid.down)),
        )
        .order_by()
        .values("column", "row")
        .annotate(
            count=Count("pk"),
            lost=Count("pk", filter=Q(status=Report.Status.LOST)),
            newest=Max("pk"),
            latitude=Avg(LATITUDE),
            longitude=Avg(LONGITUDE),
            west=Min(LONGITUDE),
            south=Min(LATITUDE),
            east=Max(LONGITUDE),
            north=Max(LATITUDE),
        )
        .order_by("-count", "-newest")
    )
    found: list[dict[str, Any]] = list(cells[: MAX_FEATURES + 1])
    shown = _parted(found[:MAX_FEATURES], grid)
    is_whole = len(found) <= MAX_FEATURES
    total = sum(cell["count"] for cell in shown) if is_whole else reports.count()
    single = [cell["newest"] for cell in shown if cell["count"] == 1]
    alone = list(newest_with_cards(Report.objects.filter(pk__in=single))) if single else []
    return MapPart(alone, list(_clusters(shown)), total, is_whole)


def _parted(cells: list[dict[str, Any]], grid: _Grid) -> list[dict[str, Any]]:
    """Reports on both sides of a line of the grid may be close together all the same: a cell whose middle lies too
    near to that of a larger neighbour goes into it."""
    kept: dict[tuple[int, int], dict[str, Any]] = {}
    for cell in cells:  # The largest first.
        column, row = int(cell["column"]), int(cell["row"])
        around = (kept.get((column + x, row + y)) for x in (-1, 0, 1) for y in (-1, 0, 1))
        close = next((other for other in around if other is not None and _is_close(cell, other, grid)), None)
        if close is None:
            kept[column, row] = cell
        else:
            _merge(cell, into=close)
    return list(kept.values())


def _is_close(one: dict[str, Any], other: dict[str, Any], grid: _Grid) -> bool:
    across = abs(one["longitude"] - other["longitude"]) / grid.across
    down = abs(one["latitude"] - other["latitude"]) / grid.down
    return math.hypot(across, down) * CLUSTER_PX < MARKER_PX


def _merge(cell: dict[str, Any], *, into: dict[str, Any]) -> None:
    both = cell["count"] + into["count"]
    for name in ("latitude", "longitude"):
        into[name] = (cell[name] * cell["count"] + into[name] * into["count"]) / both
    for name, pick in (("west", min), ("south", min), ("east", max), ("north", max)):
        into[name] = pick(cell[name], into[name])
    into |= {"count": both, "lost": cell["lost"] + into["lost"]}


def _clusters(cells: Iterable[dict[str, Any]]) -> Iterable[Cluster]:
    for cell in cells:
        if cell["count"] > 1:
            box = BoundingBox(cell["west"], cell["south"], cell["east"], cell["north"])
            yield Cluster(cell["count"], cell["lost"], cell["latitude"], cell["longitude"], box)


def widened(wanted: MapFilter) -> list[tuple[str, MapFilter]]:
    """The same without one of its conditions, for whoever found nothing."""
    without: list[tuple[str, MapFilter]] = []
    blanks: dict[str, Any] = {"near": None, "bbox": None, "days": None, "species": "", "status": ""}
    for name, blank in blanks.items():
        if getattr(wanted, name) not in (None, ""):
            without.append((name, replace(wanted, **{name: blank})))
    return without
