"""Background work survives crashes, runs once for each request, and fails in the open."""

from __future__ import annotations

from contextvars import Context
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone
from django_q.models import OrmQ

from animal.core import tasks
from animal.core.models import BackgroundTask
from animal.core.tasks import DependencyDown, Permanent, background_task, task_enqueue, task_run, tasks_sweep
from animal.core.tests.worker import work_off

pytestmark = pytest.mark.django_db

ran: list[int] = []
given_up: list[tuple[int, str]] = []
behaviour: dict[str, object] = {}


@background_task(on_failed=lambda target, reason: given_up.append((target, reason)))
def note_task(target: int) -> None:
    ran.append(target)
    what = behaviour.get("what")
    if isinstance(what, Exception):
        raise what
    if callable(what):
        what()


@pytest.fixture(autouse=True)
def _fresh() -> None:
    ran.clear()
    given_up.clear()
    behaviour.clear()


def row() -> BackgroundTask:
    return BackgroundTask.objects.get()


def let_time_pass(**delta: float) -> None:
    """Move everything that waits into the past."""
    shift = timedelta(**delta)
    for task in BackgroundTask.objects.all():
        task.run_at -= shift
        task.woken_at -= shift
        if task.lease_until:
            task.lease_until -= shift
        task.save()
    for queued in OrmQ.objects.all():
        queued.lock -= shift
        queued.save()


def test_a_task_runs_once_and_is_done() -> None:
    task_enqueue(note_task, 7)
    assert work_off() == 1
    assert (ran, row().state) == ([7], "done")
    assert tasks_sweep() == 0


def test_work_queued_in_a_transaction_that_rolls_back_never_runs() -> None:
    with transaction.atomic():
        task_enqueue(note_task, 7)
        transaction.set_rollback(True)
    assert (OrmQ.objects.count(), BackgroundTask.objects.count(), work_off()) == (0, 0, 0)


def test_asking_twice_before_it_runs_runs_it_once() -> None:
    task_enqueue(note_task, 7)
    task_enqueue(note_task, 7)
    work_off()
    assert ran == [7]


def test_asking_again_while_it_runs_makes_it_run_once_more() -> None:
    task_enqueue(note_task, 7)
    behaviour["what"] = lambda: (behaviour.clear(), Context().run(task_enqueue, note_task, 7))
    work_off()
    assert (ran, row().state) == ([7, 7], "done")


def test_a_task_that_asks_for_itself_later_runs_once_more_and_then() -> None:
    def put_off() -> None:
        behaviour.clear()
        task_enqueue(note_task, 7, delay=timedelta(minutes=5))

    task_enqueue(note_task, 7)
    behaviour["what"] = put_off
    work_off()
    assert (ran, row().state) == ([7], "pending")
    assert {queued.lock for queued in OrmQ.objects.all()} == {row().run_at}
    let_time_pass(minutes=5)
    work_off()
    assert (ran, row().state) == ([7, 7], "done")


def test_a_task_that_asks_for_itself_is_woken_though_the_wake_up_came_while_it_still_ran() -> None:
    def ask_and_lose_the_wake_up() -> None:
        behaviour.clear()
        task_enqueue(note_task, 7)
        work_off()

    task_enqueue(note_task, 7)
    behaviour["what"] = ask_and_lose_the_wake_up
    work_off()
    assert (ran, row().state) == ([7, 7], "done")


def test_what_another_asks_for_meanwhile_is_done_at_once_though_the_task_put_itself_off() -> None:
    def put_off_while_another_asks() -> None:
        behaviour.clear()
        task_enqueue(note_task, 7, delay=timedelta(minutes=5))
        Context().run(task_enqueue, note_task, 7)

    task_enqueue(note_task, 7)
    behaviour["what"] = put_off_while_another_asks
    work_off()
    assert (ran, row().state) == ([7, 7], "done")


def test_a_failing_task_comes_back_after_60_120_240_seconds_and_is_then_failed_with_its_reason() -> None:
    behaviour["what"] = ValueError("the reason")
    task_enqueue(note_task, 7)
    delays = []
    for _ in range(3):
        work_off()
        delays.append(round((row().run_at - timezone.now()).total_seconds()))
        assert OrmQ.objects.get().lock == row().run_at
        let_time_pass(seconds=delays[-1])
    work_off()
    assert delays == [60, 120, 240]
    assert (len(ran), row().state, row().error) == (4, "failed", "ValueError: the reason")
    assert given_up == [(7, "ValueError: the reason")]


def test_a_permanent_failure_is_not_tried_again() -> None:
    behaviour["what"] = Permanent("no animal")
    task_enqueue(note_task, 7)
    work_off()
    assert (ran, row().state, given_up) == ([7], "failed", [(7, "no animal")])


def test_a_part_that_is_down_is_waited_for_without_limit_and_within_five_minutes_of_its_mending() -> None:
    behaviour["what"] = DependencyDown("model file unreadable")
    task_enqueue(note_task, 7)
    for _ in range(10):
        work_off()
        assert row().run_at - timezone.now() < timedelta(minutes=5)
        let_time_pass(minutes=5)
    behaviour.clear()
    work_off()
    assert (len(ran), row().state, given_up) == (11, "done", [])


def test_a_task_whose_worker_was_killed_comes_back_when_its_lease_has_ended() -> None:
    task_enqueue(note_task, 7)
    OrmQ.objects.all().delete()  # The queue row went with the worker.
    assert tasks._claim(row().pk) is not None
    assert tasks_sweep() == 0, "its lease still runs"
    let_time_pass(seconds=60)
    assert tasks_sweep() == 1
    work_off()
    assert (ran, row().state, row().interruptions) == ([7], "done", 0)


def test_a_worker_that_lost_its_lease_cannot_settle_the_task() -> None:
    task_enqueue(note_task, 7)
    slow = tasks._claim(row().pk)
    let_time_pass(seconds=60)
    fast = tasks._claim(row().pk)
    assert slow is not None
    assert fast is not None
    tasks._postpone(slow, reason="too late", counts_as_failure=True)
    tasks._complete(slow)
    assert row().state == "processing"
    tasks._complete(fast)
    assert row().state == "done"


def test_two_workers_cannot_hold_one_task() -> None:
    task_enqueue(note_task, 7)
    assert tasks._claim(row().pk) is not None
    assert tasks._claim(row().pk) is None


def test_the_sweeper_wakes_a_pending_task_whose_queue_row_is_gone() -> None:
    task_enqueue(note_task, 7)
    OrmQ.objects.all().delete()
    assert tasks_sweep() == 1
    work_off()
    assert ran == [7]


def test_a_task_that_kills_its_worker_every_time_is_given_up() -> None:
    task_enqueue(note_task, 7)
    for _ in range(tasks.MAX_INTERRUPTIONS + 1):
        tasks._claim(row().pk)
        let_time_pass(seconds=60)
    task_run(row().pk)
    assert (row().state, ran) == ("failed", [])
    assert given_up[0][0] == 7


def test_only_marked_functions_can_be_run_by_name() -> None:
    task_enqueue("os.getpid", 7)
    work_off()
    assert row().state == "failed"


def test_asking_again_while_the_last_attempt_fails_starts_over_instead_of_failing() -> None:
    def ask_again_and_fail() -> None:
        behaviour.clear()
        task_enqueue(note_task, 7)
        raise Permanent("these photos are bad")

    task_enqueue(note_task, 7)
    behaviour["what"] = ask_again_and_fail
    work_off()
    assert (ran, row().state, given_up) == ([7, 7], "done", [])


def test_asking_again_while_an_attempt_fails_does_not_wait_out_the_old_delay() -> None:
    def ask_again_and_fail() -> None:
        behaviour.clear()
        task_enqueue(note_task, 7)
        raise ValueError

    task_enqueue(note_task, 7)
    behaviour["what"] = ask_again_and_fail
    work_off()
    assert (ran, row().state) == ([7, 7], "done")


def test_a_task_that_is_running_is_not_given_up_for_its_earlier_interruptions() -> None:
    task_enqueue(note_task, 7)
    BackgroundTask.objects.update(interruptions=tasks.MAX_INTERRUPTIONS)
    running = tasks._claim(row().pk)
    assert running is not None
    task_run(row().pk)
    assert (row().state, given_up) == ("processing", [])
    tasks._complete(running)
    assert row().state == "done"


def test_the_sweeper_spares_an_old_task_that_is_asked_for_while_it_deletes() -> None:
    """The request comes between the sweeper's look and its DELETE: the hook stands where the ids have been read."""
    task_enqueue(note_task, 7)
    work_off()
    BackgroundTask.objects.update(finished_at=timezone.now() - tasks.KEEP_DONE * 2)
    requested: list[bool] = []

    def ask_before_delete(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        if sql.startswith("DELETE") and "core_backgroundtask" in sql and not requested:
            requested.append(True)
            task_enqueue(note_task, 7)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(ask_before_delete):
        tasks_sweep()
    assert requested
    work_off()
    assert (ran, row().state) == ([7, 7], "done")


def test_the_sweeper_deletes_old_finished_tasks_and_asking_again_makes_a_new_row() -> None:
    task_enqueue(note_task, 7)
    work_off()
    BackgroundTask.objects.update(finished_at=timezone.now() - tasks.KEEP_DONE * 2)
    tasks_sweep()
    assert BackgroundTask.objects.count() == 0
    task_enqueue(note_task, 7)
    work_off()
    assert ran == [7, 7]
