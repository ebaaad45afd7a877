"""Every cell of the table."""

from __future__ import annotations

import pytest

from animal.core.tests.access_matrix.all_rows import ROWS
from animal.core.tests.access_matrix.asking import request_for
from animal.core.tests.access_matrix.check import Rows, body_of, changes, row_problems, shown, snapshot_for, undone
from animal.core.tests.access_matrix.staff import STAFF_ROWS, StaffRow, staff_row_problems
from animal.core.tests.access_matrix.table import Row
from animal.core.tests.access_matrix.world import World

READS = [row for row in ROWS if row.method == "GET"]
ONE_OF_EACH_ROUTE = list({row.route: row for row in ROWS}.values())


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_everybody_is_answered_as_the_table_says(world: World, stored: Rows, row: Row) -> None:
    if problems := row_problems(world, stored, row):
        pytest.fail("\n".join([str(row), *problems]), pytrace=False)


@pytest.mark.parametrize("row", STAFF_ROWS, ids=str)
def test_only_staff_reach_the_rows_and_each_only_what_is_theirs(world: World, stored: Rows, row: StaffRow) -> None:
    if problems := staff_row_problems(world, stored, row):
        pytest.fail("\n".join([str(row), *problems]), pytrace=False)


@pytest.mark.parametrize("row", READS, ids=str)
def test_head_is_answered_as_get_is(world: World, row: Row) -> None:
    for actor in ("nobody", "stranger") if row.thing else ("nobody",):
        with undone():
            answer = request_for(world, row, world.people[actor]).sent_by(world.people[actor], "HEAD")
            assert (actor, shown(answer)) == (actor, row.cells[actor].rstrip("="))
            assert body_of(answer) == b""


@pytest.mark.parametrize("row", ONE_OF_EACH_ROUTE, ids=str)
def test_options_says_nothing_about_a_thing_and_does_nothing(world: World, stored: Rows, row: Row) -> None:
    stranger = world.people["stranger"]
    with undone():
        asked, missing = (request_for(world, row, stranger, missing=missing) for missing in (False, True))
        before = snapshot_for(row, stored)
        there, not_there = (request.sent_by(stranger, "OPTIONS") for request in (asked, missing))
        assert there.status_code < 500
        if row.route.startswith("api/"):
            assert (there.headers, there.content) == (not_there.headers, not_there.content)
        assert changes(before) == []
