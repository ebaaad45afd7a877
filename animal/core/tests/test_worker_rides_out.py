"""What the worker does about a cut connection and a clock that was wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone
from django_q.brokers import get_broker
from django_q.models import OrmQ

from animal.core import faults, queue_broker
from animal.core.models import BackgroundTask
from animal.core.tasks import LONGEST_DELAY, background_task, task_enqueue, tasks_sweep
from animal.core.tests.worker import work_off
from animal.ops import cluster

pytestmark = pytest.mark.django_db

ran: list[int] = []


@background_task()
def note_task(target: int) -> None:
    ran.append(target)


@pytest.fixture(autouse=True)
def _fresh() -> None:
    ran.clear()


@contextmanager
def cut_once(beginning: str) -> Iterator[None]:
    """The first statement that begins so is answered by a connection that was cut."""
    left = [1]

    def refuse(execute: Any, sql: str, *rest: Any) -> Any:
        if left and sql.replace("`", '"').startswith(beginning):
            left.pop()
            raise OperationalError(2013, "Lost connection to server during query")
        return execute(sql, *rest)

    with connection.execute_wrapper(refuse):
        yield
    assert not left, "nothing was cut"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("beginning", ['SELECT "core_backgroundtask"', 'UPDATE "core_backgroundtask" SET "state" = '])
def test_a_task_whose_claim_is_cut_is_claimed_again_at_once(beginning: str) -> None:
    task_enqueue(note_task, 7)
    with cut_once(beginning):
        work_off()
    assert (ran, BackgroundTask.objects.get().state) == ([7], "done")


@pytest.mark.django_db(transaction=True)
def test_the_queue_is_read_again_after_a_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_broker, "PAUSE_SECONDS", 0)
    task_enqueue(note_task, 7)
    broker = get_broker()
    with cut_once('SELECT "django_q_ormq"'):
        assert broker.dequeue() is None
    [(row, _)] = broker.dequeue()
    with cut_once('DELETE FROM "django_q_ormq"'):
        broker.acknowledge(row)
    assert OrmQ.objects.filter(pk=row).exists(), "it comes back, and finds its task done"


def test_what_was_put_off_by_a_clock_that_was_ahead_is_done_now() -> None:
    task_enqueue(note_task, 1)
    task_enqueue(note_task, 2)
    OrmQ.objects.update(lock=timezone.now() + timedelta(hours=2))
    ahead = timezone.now() + timedelta(hours=2)
    BackgroundTask.objects.filter(target="1").update(run_at=ahead, woken_at=ahead)
    BackgroundTask.objects.filter(target="2").update(state="processing", claim=1, lease_until=ahead)
    assert tasks_sweep() == 2
    work_off()
    assert sorted(ran) == [1, 2]


def test_a_host_whose_clock_is_slow_leaves_the_others_their_tasks() -> None:
    task_enqueue(note_task, 1)
    lease_of_another = timezone.now() + timedelta(minutes=30)
    BackgroundTask.objects.update(state="processing", claim=1, lease_until=lease_of_another)
    assert (tasks_sweep(), work_off(), ran) == (0, 1, [])
    assert BackgroundTask.objects.get().lease_until == lease_of_another


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("error", [OperationalError("gone"), InterfaceError("gone")])
def test_the_worker_outlives_a_cut_of_either_kind(error: Exception, caplog: Any) -> None:
    def refuse(*_: Any) -> Any:
        raise error

    with connection.execute_wrapper(refuse):
        cluster._in_the_database(tasks_sweep)
        cluster.GuardedCluster()._take_up_the_unfinished()
    said = "The database does not answer ({}); the worker keeps trying."
    assert caplog.messages == [said.format(type(error).__name__), said.format("gone")]


def test_what_is_put_off_on_purpose_waits() -> None:
    task_enqueue(note_task, 1, delay=LONGEST_DELAY - timedelta(minutes=1))
    assert (tasks_sweep(), work_off()) == (0, 0)


def test_a_process_dies_at_the_passing_that_was_named(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    deaths: list[int] = []
    monkeypatch.setattr("os.killpg", lambda group, signal: deaths.append(signal))
    faults._passings.clear()
    settings.FAULT_KILL_AT = "embedded:2"
    faults.checkpoint("embedded")
    faults.checkpoint("indexed")
    assert deaths == []
    faults.checkpoint("embedded")
    assert deaths == [9]
