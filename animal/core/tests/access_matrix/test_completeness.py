"""The table has a row for everything that is served, and for nothing else."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib import admin
from django.urls import URLPattern, URLResolver, get_resolver

from animal.core.tests.access_matrix import staff
from animal.core.tests.access_matrix.all_rows import ROWS
from animal.core.tests.access_matrix.table import HEADING, Row, rows
from animal.core.tests.bad_input.calls import CALLS, PAGES
from animal.ops.health import LIVENESS, READINESS

BY_ROUTE: dict[str, set[str]] = {}
for _row in ROWS:
    BY_ROUTE.setdefault(_row.route, set()).add(_row.method)
MODELS = {
    f"admin/{model._meta.app_label}/{model._meta.model_name}/": model._meta.label_lower
    for model in admin.site._registry
}
PATTERNS = {r"\^\(\?P<app_label>[^)]*\)/\$": "<app>/", r"\(\?P<url>\.\*\)\$": "<url>"}


def served() -> dict[str, Any]:
    """Every route with its view; what the health probes answer ahead of all routes has none."""
    probes = dict.fromkeys(path[1:] for path in LIVENESS | READINESS)
    return {**probes, **dict(reversed(_walk(get_resolver().url_patterns, "")))}


def _walk(patterns: list[URLPattern | URLResolver], prefix: str) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        for expression, name in PATTERNS.items():
            route = re.sub(expression, name, route)
        if isinstance(pattern, URLResolver):
            found += _walk(pattern.url_patterns, route)
        else:
            found.append((route, pattern.callback))
    return found


def model_of(route: str) -> tuple[str, str]:
    """The label of the model whose admin page this is, and the rest of the route; two blanks for other routes."""
    return next(((label, route[len(start) :]) for start, label in MODELS.items() if route.startswith(start)), ("", ""))


def test_every_route_has_a_row() -> None:
    missing = [route for route in served() if route not in BY_ROUTE and not model_of(route)[0]]
    assert not missing, f"who may call these? Write their rows in rows_*.py: {missing}"


def test_every_row_has_a_route() -> None:
    gone = sorted(BY_ROUTE.keys() - served().keys())
    assert not gone, f"these rows are about nothing: {gone}"


def test_every_method_has_a_row() -> None:
    """`bad_input` sends all others, to every route, and sees them refused with 405."""
    here = {(row.method, f"/{row.route}") for row in ROWS if not row.route.startswith("admin/")}
    here -= {("GET", path) for path in LIVENESS | READINESS}
    pages = {(method, f"/{route}") for route, methods in PAGES.items() for method in methods}
    there = {(call.verb, f"/{call.route}") for call in CALLS} | pages
    assert not there - here, f"who may call these? Write their rows in rows_*.py: {sorted(there - here)}"
    assert not here - there, f"these rows are about nothing: {sorted(here - there)}"


def test_every_model_of_the_admin_has_a_row_and_every_page_of_it_is_called() -> None:
    assert sorted(row.label for row in staff.STAFF_ROWS) == sorted(MODELS.values())
    pages = {model_of(route)[1] for route in served() if model_of(route)[0]}
    assert pages == {path for _, path, _ in staff.CALLS} | {staff.OLD_ADDRESS}


def test_no_cell_is_decided_twice() -> None:
    keys = [str(row) for row in ROWS]
    assert sorted(keys) == sorted(set(keys))


def test_a_route_with_an_id_says_whose() -> None:
    assert [str(row) for row in ROWS if "<" in row.route and not row.thing] == []


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("other anon guest unprov owner strang block disab moder admin", "one order"),
        ("{heading}\n/a/\nGET 200 200 200", "missing"),
        ("{heading}\n/a/\nGET 200 200 200 200 200 yes 200 200 200 200", "unknown"),
    ],
)
def test_a_line_that_cannot_be_read_is_refused(broken: str, said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        rows(broken.replace("{heading}", HEADING))


def test_a_row_reads_as_it_is_written() -> None:
    (row,) = rows(
        f"{HEADING}\n# a comment\n/a/<int:pet_id>/\n GET 401 401 404 200 404 404 404 401 404 in a private pet"
    )
    assert isinstance(row, Row)
    assert (row.method, row.route, row.thing) == ("GET", "a/<int:pet_id>/", "a private pet")
    assert (row.cells["owner"], row.cells["admin"], row.cells["nobody"]) == ("200", "in", "401")
