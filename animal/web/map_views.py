"""The first page and the map: what is lost and found around here, and the search by a photo."""

from __future__ import annotations

from typing import Any, cast

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from animal.core.errors import ApplicationError
from animal.core.throttles import page_throttled
from animal.images.hints import hints_said
from animal.matching.search import photo_search
from animal.reports.selectors import exact_points_shown_to
from animal.web.answers import waiting
from animal.web.lookalikes import lookalike_cards
from animal.web.map_cards import filter_choices, listed
from animal.web.photo_hints import own_photo_hints
from animal.web.selectors import Counts, example_match, matches_of, true_counts
from animal.web.viewers import signed_in, signed_in_only, viewer_of

ON_FIRST_PAGE = 12
# Counted over all rows: not for every visitor anew.
COUNTS_KEY, COUNTS_SECONDS = "web:true-counts", 60


@require_safe
@page_throttled("map", methods=("GET", "HEAD"), by_address=True)
def home(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request)
    context = {
        **_explored(request, on_page=ON_FIRST_PAGE),
        "counts": _counts(),
        "mine": matches_of(viewer) if viewer else [],
        "hints": own_photo_hints(viewer) if viewer else [],
        "example": None if viewer else example_match(),
    }
    return render(request, "web/home.html", context)


@require_safe
@page_throttled("map", methods=("GET", "HEAD"), by_address=True)
def pet_map(request: HttpRequest) -> HttpResponse:
    """All of the page, or for a script of ours the list alone."""
    is_part = request.GET.get("part") == "list"
    return render(request, "web/_map_list.html" if is_part else "web/map.html", _explored(request))


@signed_in_only
@page_throttled("pet_search")
@require_http_methods(["GET", "HEAD", "POST"])
def search(request: HttpRequest) -> HttpResponse:
    """What `POST /api/auth/pets/search/` does. Nothing of the photo is kept."""
    if request.method != "POST":
        return render(request, "web/search.html")
    upload = request.FILES.get("image")
    if upload is None:
        return render(request, "web/search.html", {"is_photo_missing": True}, status=400)
    viewer = signed_in(request)
    try:
        outcome = photo_search(actor=viewer, upload=upload)
    except ApplicationError as error:
        said = {"problem": str(error.detail)}
        return waiting(render(request, "web/search.html", said, status=error.status_code), error)
    places = [found.report for found in outcome.lookalikes if found.report is not None]
    context = {
        "is_searched": True,
        "found": lookalike_cards(outcome.lookalikes, viewer=viewer, exact=exact_points_shown_to(viewer, places)),
        "searched": outcome.searched,
        "pending": outcome.pending,
        "hints": [said["message"] for said in hints_said(outcome.hints)],
    }
    return render(request, "web/search.html", context)


def _explored(request: HttpRequest, **more: int) -> dict[str, Any]:
    viewer = viewer_of(request)
    return {
        "listed": listed(request.GET, viewer=viewer, **more),
        "choices": filter_choices(),
        "shows_test": viewer is not None and viewer.is_test,
    }


def _counts() -> Counts:
    return cast(Counts, cache.get_or_set(COUNTS_KEY, true_counts, COUNTS_SECONDS))
