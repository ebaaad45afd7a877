"""`manage.py worker` stops when told, loses nothing when killed, and leaves no process behind."""

from __future__ import annotations

import os
import signal
import time

import psutil
import pytest

from animal.ops.tests.processes import PYTHON, House, wait_until

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]

SLOW = "animal.ops.tests.slow_task.slow"
# One main process, a sentinel, and under it a worker, a monitor and a pusher: in the order of their starts.
ROLES = ["main", "sentinel", "worker", "monitor", "pusher"]


def start_worker(house: House) -> psutil.Process:
    main = house.start(PYTHON, "manage.py", "worker")
    wait_until(lambda: len(house.tree(main)) == len(ROLES), seconds=30, what="the worker's tree is complete")
    return main


def roles(house: House, main: psutil.Process) -> dict[str, psutil.Process]:
    members = house.tree(main)
    return dict(zip(ROLES, [*members[:2], *sorted(members[2:], key=lambda member: member.pid)], strict=True))


def work_gets_done(house: House, target: int) -> None:
    house.queue(SLOW, target)
    wait_until(lambda: f"finished {target}" in house.notes(), seconds=30, what="the task is done")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("whole_group", [False, True], ids=["main process", "whole group"])
def test_a_stop_signal_ends_the_whole_tree_within_ten_seconds(
    house: House, number: signal.Signals, whole_group: bool
) -> None:
    main = start_worker(house)
    os.killpg(main.pid, number) if whole_group else main.send_signal(number)
    assert house.exit_code(seconds=10) == 0
    assert house.survivors() == []


def test_a_stop_lets_the_task_in_hand_finish(house: House) -> None:
    main = start_worker(house)
    house.queue(SLOW, 3000)
    wait_until(lambda: "started 3000" in house.notes(), seconds=10, what="the task starts")
    os.killpg(main.pid, signal.SIGTERM)
    assert house.exit_code(seconds=10) == 0
    assert house.notes() == ["started 3000", "finished 3000"]
    assert house.task_states()[f"{SLOW}:3000"] == "done"


def test_a_task_too_long_for_a_stop_is_taken_up_by_the_next_worker(house: House) -> None:
    main = start_worker(house)
    house.queue(SLOW, 9500)
    wait_until(lambda: "started 9500" in house.notes(), seconds=10, what="the task starts")
    main.send_signal(signal.SIGTERM)
    assert house.exit_code(seconds=10) == 0
    assert "finished 9500" not in house.notes(), "nobody waited for it"
    assert house.survivors() == []
    start_worker(house)
    # The task says so itself, and then the worker notes it.
    wait_until(lambda: house.task_states()[f"{SLOW}:9500"] == "done", seconds=90, what="the task is done")
    assert "finished 9500" in house.notes()


@pytest.mark.parametrize("role", ROLES[1:])
def test_a_killed_child_is_replaced_with_queues_that_work(house: House, role: str) -> None:
    main = start_worker(house)
    victim = roles(house, main)[role]
    time.sleep(1)  # Let every process come to rest on its queue, holding that queue's lock.
    victim.kill()
    wait_until(
        lambda: len(house.tree(main)) == len(ROLES) and victim not in house.tree(main),
        seconds=20,
        what="a new tree is complete",
    )
    work_gets_done(house, 10)
    main.terminate()
    assert house.exit_code(seconds=10) == 0
    assert house.survivors() == []


def test_killing_the_main_process_takes_the_whole_tree_along(house: House) -> None:
    main = start_worker(house)
    house.queue(SLOW, 9000)
    wait_until(lambda: "started 9000" in house.notes(), seconds=10, what="the task starts")
    main.kill()
    wait_until(lambda: not house.survivors(), seconds=2, what="no process is left")
    assert house.notes() == ["started 9000"]
    start_worker(house)
    wait_until(lambda: "finished 9000" in house.notes(), seconds=90, what="the task is done")


def test_a_task_that_no_alarm_reaches_does_not_block_the_others(house: House) -> None:
    house.environment |= {"TASK_TIMEOUT_SECONDS": "2", "TASK_LEASE_SECONDS": "3"}
    start_worker(house)
    house.queue("animal.ops.tests.slow_task.deaf", 600_000)
    wait_until(lambda: "deaf 600000" in house.notes(), seconds=10, what="the task starts")
    work_gets_done(house, 10)
    wait_until(lambda: "heard 600000" in house.notes(), seconds=60, what="the stuck task is done the second time")


def test_a_second_worker_shares_the_work_and_both_stop(house: House) -> None:
    mains = [start_worker(house), start_worker(house)]
    work_gets_done(house, 10)
    for main in mains:
        main.terminate()
    for process in house.started:
        assert process.wait(10) == 0
    assert house.survivors() == []
    assert house.notes() == ["started 10", "finished 10"]


def test_a_running_worker_sweeps_by_the_clock_and_finds_work_whose_wake_up_was_lost(house: House) -> None:
    start_worker(house)
    house.python(
        "from datetime import timedelta; from django.db import transaction; from django.utils import timezone\n"
        "from django_q.models import OrmQ, Schedule; from animal.core.tasks import task_enqueue\n"
        "with transaction.atomic():\n"
        f"    task_enqueue('{SLOW}', 10); OrmQ.objects.all().delete()\n"
        "    Schedule.objects.filter(name='tasks_sweep').update(next_run=timezone.now() - timedelta(seconds=1))"
    )
    wait_until(lambda: "finished 10" in house.notes(), seconds=40, what="the task is done")
