"""The benchmarks of the API on real processes, as small as they go: they measure everything that they promise."""

from __future__ import annotations

import json
from typing import Any

import pytest
from rich.console import Console

from animal.bench.api import POLLS, bench_api
from animal.bench.sign_in_timing import DOORS, bench_sign_in_timing
from animal.bench.tests.test_population import SMALL

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]
SILENT = Console(quiet=True)


def test_every_call_is_measured_by_one_and_by_sixteen_clients_without_an_error() -> None:
    size = type(SMALL)(**{**vars(SMALL), "people": 20})
    body: dict[str, Any] = json.loads(bench_api(requests=2, rounds=1, size=size, progress=SILENT).as_json())
    loads = {(load["name"], load["clients"]): load for load in body["loads"]}
    for name in ("profile", "my reports", *POLLS, "page of a scanned tag", "sign-in by password"):
        for clients in (1, 16):
            load = loads[name, clients]
            assert 0 < load["p50"] <= load["p95"] <= load["p99"]
            assert load["statements"] >= 2
    assert {name for name, clients in loads if "while 16 sign in" in name} == {f"{n} while 16 sign in" for n in POLLS}
    figures = {figure["name"]: figure["value"] for figure in body["figures"]}
    assert figures["unexpected answers"] == 0
    assert figures["web process, after"] > 50


def test_every_door_is_timed_with_known_and_unknown_addresses() -> None:
    results = bench_sign_in_timing(tries=2, progress=SILENT)
    assert len(results.figures) == 4 * len(DOORS) + 1
    assert results.figures[-1].value == 0, results.figures[-1].note
