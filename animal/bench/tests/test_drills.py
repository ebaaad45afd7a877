"""Each fault, to real processes and servers: nothing accepted is lost, and nobody is told twice."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils.module_loading import import_string

from animal.bench.drills.audit import TASKS, Account, Reckoning, wait_until_done
from animal.bench.drills.faults import DRILLS, POINTS
from animal.bench.drills.filing import Attempt

REPORTS = 40


@pytest.mark.stack
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", DRILLS)
def test_every_request_is_a_2xx_that_is_finished_once_or_a_503_and_nothing_written(name: str) -> None:
    command = [sys.executable, "manage.py", "drill", name, "--reports", str(REPORTS), "--json"]
    done = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    figures = json.loads(done.stdout)["figures"]
    missed = [f"{figure['name']}: {figure['value']} {figure['note']}" for figure in figures]
    missed = [line for line, figure in zip(missed, figures, strict=True) if figure["verdict"] == "MISSED"]
    assert (missed, done.returncode) == ([], 0)
    assert {figure["name"]: figure["value"] for figure in figures}["accepted"] == REPORTS


def test_a_worker_is_killed_at_twenty_points_which_exist() -> None:
    steps = {point.split(":")[0] for point in POINTS}
    assert len(set(POINTS)) == 20
    code = "".join(file.read_text() for file in Path(settings.BASE_DIR, "animal").glob("*/*.py"))
    assert {step for step in steps if f'checkpoint("{step}")' not in code} == set()


def test_what_a_drill_needs_and_does_not_find_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    with pytest.raises(CommandError, match=r"drill redis: redis-server is missing\. Install it") as refused:
        call_command("drill", "redis", reports=1)
    assert refused.value.returncode == 2


def attempt(marker: str, status: int, *, keyed: bool = False, retry_after: bool = False) -> Attempt:
    return Attempt(marker, keyed, status, 0.1, retry_after)


def test_what_was_refused_and_written_all_the_same_is_found() -> None:
    attempts = [
        attempt("a", 503, keyed=True, retry_after=True),
        attempt("a", 201, keyed=True),
        attempt("b try 0", 503, retry_after=True),
        attempt("b try 1", 201),
        attempt("c try 0", 503, retry_after=True),
    ]
    account = Account(attempts, {"a": [1], "b try 1": [2], "c try 0": [3]})
    assert account.refused_and_written == ["c try 0"]
    assert (len(account.accepted), len(account.refused), account.others) == (2, 3, [])
    assert account.report_ids == {"a": 1, "b try 1": 2}


def test_only_what_was_under_way_as_the_database_fell_silent_may_be_written_and_refused() -> None:
    late, met = attempt("a try 0", 503, retry_after=True), attempt("b try 0", 503, retry_after=True)
    late.number, met.number = 8, 7
    account = Account([met, late], {"a try 0": [1], "b try 0": [2]}, cut_short=frozenset({7}))
    assert (account.refused_and_written, account.written_unknown_to_all) == (["a try 0"], ["b try 0"])


@pytest.mark.parametrize(("status", "retry_after"), [(500, False), (502, True), (503, False), (0, False), (400, False)])
def test_any_other_answer_breaks_the_promise(status: int, retry_after: bool) -> None:
    account = Account([attempt("a", status, retry_after=retry_after)])
    assert len(account.others) == 1


def test_a_report_that_stands_there_twice_is_found() -> None:
    assert Account([attempt("a", 201)], {"a": [1, 2]}).written_twice == ["a"]


def test_work_is_finished_exactly_once_when_each_thing_that_it_does_was_done_once() -> None:
    effects = {"read": Counter([1, 2, 3]), "told": Counter([1, 2, 2])}
    reckoning = Reckoning.of([1, 2, 3, 4], effects)
    assert (reckoning.once, reckoning.short, reckoning.over) == ([1], [3, 4], [2])
    assert "2 x told: 0 times" in reckoning.said


def test_a_task_that_was_given_up_is_neither_waited_for_nor_taken_for_done() -> None:
    states = {"done": 3, "failed": 1}
    scene: Any = SimpleNamespace(tasks=lambda: states, filing=SimpleNamespace(is_over=True), healed_at=time.monotonic())
    after = wait_until_done(scene)
    assert (after.unfinished, after.failed) == (0, 1)


def test_what_a_report_sets_in_motion_are_tasks() -> None:
    for name in TASKS:
        assert hasattr(import_string(name), "task_name")
