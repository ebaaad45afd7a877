"""Answers that the API description once told otherwise."""

from __future__ import annotations

from animal.core.tests.described import assert_described
from animal.reports.tests.conftest import REPORT_URL, form


def test_a_time_of_day_without_a_zone_is_as_described(owner):
    answer = owner.multipart(REPORT_URL, form(last_seen_time="23:59"))
    assert answer.json()["last_seen_time"] == "23:59:00"
    assert_described(f"POST {REPORT_URL}", answer)
