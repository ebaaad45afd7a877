"""django-q2's cluster as a tree of processes that starts, stops and dies as one.

The tree is: this process, a sentinel, and the sentinel's children: workers, a pusher (database -> task queue) and a
monitor (results -> database). django-q2's own supervision (1.10) leaves three holes, which this module closes:

- a process that is killed while it waits on one of the queues keeps the queue's lock for ever, and the process that
  replaces it waits on that lock for ever: the cluster looks alive and does nothing. Here any child that a signal
  killed takes the whole tree down, and a fresh tree with fresh queues starts;
- a `kill -9` of the main process or of the sentinel leaves the others working without anybody to stop them. Here
  every fork is killed when its parent dies;
- a SIGTERM to the whole process group kills the workers under the sentinel, which then waits for them for ever. Here
  only the main process listens; it lets the task in hand finish, and after STOP_SECONDS it kills the tree.

A task that was cut short comes back when its lease has run out (animal.core.tasks). While maintenance is on, there is
no tree: it stops as it does at SIGTERM, and a fresh one starts afterwards.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import time
import uuid
from collections.abc import Callable
from types import FrameType
from typing import Any

from django.db import DatabaseError, InterfaceError, close_old_connections, connections
from django_q.cluster import Sentinel
from django_q.conf import Conf
from django_q.scheduler import scheduler
from django_q.status import Stat

from animal.core.queue_keys import queue_drop_unreadable
from animal.core.tasks import tasks_sweep
from animal.ops.heartbeat import BEAT_SECONDS, heartbeat_end, heartbeat_write
from animal.ops.lifeline import bind_every_fork
from animal.ops.maintenance import maintenance_is_on

logger = logging.getLogger(__name__)

STOP_SECONDS = 8.0
SCHEDULER_SECONDS = 20.0
SWEEP_SECONDS = 10.0
LAST_WORDS_SECONDS = 2.0
MAINTENANCE_POLL_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
SETTLED_SECONDS = 60.0
TREE_BROKEN = 70
# Django's InterfaceError, of a connection that was cut, is no DatabaseError.
DATABASE_TROUBLE = (DatabaseError, InterfaceError)


class GuardedSentinel(Sentinel):
    """A sentinel that gives up, with its whole tree, when one of its children was killed."""

    def start(self) -> None:
        # Inherited by all children. Only the main process decides when to stop.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        try:
            super().start()
        except Exception:
            # Children that ignore SIGTERM are waited for by an exception that leaves this process, for ever.
            logger.exception("The worker's sentinel failed.")
            self._give_up("its sentinel failed")

    def guard(self) -> None:
        self.start_event.set()
        scheduler_due = beat_due = time.monotonic()
        sweep_due = time.monotonic() + SWEEP_SECONDS
        while not self.stop_event.is_set():
            # Not the event's own wait, which goes by the time of day: a clock that is set back would make it hours.
            time.sleep(Conf.GUARD_CYCLE)
            children = [*self.pool, self.monitor, self.pusher]
            for child in children:
                self._give_up_if_killed(child)
            for child in children:
                if child in self.pool:
                    self._count_down(child)
                if not child.is_alive():
                    # It ended by itself (recycled, timed out, lost the database), so it released what it held.
                    self.reincarnate(child)
            if time.monotonic() >= scheduler_due:
                scheduler(broker=self.broker)
                scheduler_due = time.monotonic() + SCHEDULER_SECONDS
            if time.monotonic() >= beat_due:
                # From here, where children that hang or died have just been seen to.
                _in_the_database(self._beat)
                beat_due = time.monotonic() + BEAT_SECONDS
            if time.monotonic() >= sweep_due:
                # By this process's own count of the seconds: the schedules go by the clock, which may be set.
                _in_the_database(tasks_sweep)
                sweep_due = time.monotonic() + SWEEP_SECONDS
            Stat(self).save()
        self.stop()
        _in_the_database(lambda: heartbeat_end(self.cluster_id))

    def _beat(self) -> None:
        busy = sum(worker.timer.value > 0 for worker in self.pool)
        heartbeat_write(self.cluster_id, workers=len(self.pool), busy=busy, started_at=self.tob)

    def _give_up_if_killed(self, child: Any) -> None:
        if child.exitcode is not None and child.exitcode < 0:
            self._give_up(f"process {child.pid} was ended by signal {-child.exitcode}")

    def _count_down(self, worker: Any) -> None:
        """Give up when a worker is stuck in its task. Python code is stopped by an alarm in the worker itself
        (TASK_TIMEOUT_SECONDS), so this is for code that no alarm reaches."""
        if not worker.timer.get_lock().acquire(timeout=1):
            return  # It is busy handing over a result, or was killed doing so: the next round will see.
        try:
            if worker.timer.value > 0:
                worker.timer.value = max(worker.timer.value - Conf.GUARD_CYCLE, 0)
            out_of_time = worker.timer.value == 0
        finally:
            worker.timer.get_lock().release()
        if out_of_time:
            # After an alarm the worker sets 0 itself, hands its result over and leaves.
            worker.join(LAST_WORDS_SECONDS)
            if worker.is_alive():
                self._give_up(f"process {worker.pid} is stuck in its task")

    def _give_up(self, reason: str) -> None:
        logger.error("The worker starts afresh: %s.", reason)
        # Not sys.exit: multiprocessing would first wait for the children, which die with this process anyway.
        os._exit(TREE_BROKEN)


def _in_the_database(step: Callable[[], object]) -> None:
    """Now, or at its next turn: the tree outlives a database that is away for a while."""
    close_old_connections()
    try:
        step()
    except DATABASE_TROUBLE as error:
        logger.warning("The database does not answer (%s); the worker keeps trying.", type(error).__name__)
        connections.close_all()


class GuardedCluster:
    """Keeps one tree running until SIGTERM or SIGINT."""

    def __init__(self) -> None:
        self._stopping = False

    def run(self) -> None:
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        bind_every_fork()
        pause = 1.0
        while not self._stopping:
            if maintenance_is_on():
                self._rest(MAINTENANCE_POLL_SECONDS)
                continue
            self._take_up_the_unfinished()
            started = time.monotonic()
            self._run_one_tree()
            if time.monotonic() - started > SETTLED_SECONDS:
                pause = 1.0
            self._rest(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    def _stop(self, signum: int, frame: FrameType | None) -> None:
        # Signals may come more than once (to the process and to its group); all mean the same.
        self._stopping = True

    def _take_up_the_unfinished(self) -> None:
        try:
            if dropped := queue_drop_unreadable():
                logger.warning(
                    "%s queue rows were signed with a key that is gone; their tasks are woken anew.", dropped
                )
            tasks_sweep()
        except DATABASE_TROUBLE as error:
            logger.warning("The database does not answer (%s); the worker keeps trying.", error)
        # A connection must not be shared with a fork.
        connections.close_all()

    def _run_one_tree(self) -> None:
        fork = multiprocessing.get_context("fork")
        start_event, stop_event = fork.Event(), fork.Event()
        sentinel = fork.Process(
            target=GuardedSentinel, name="sentinel", args=(stop_event, start_event, uuid.uuid4(), None, None)
        )
        sentinel.start()
        while sentinel.is_alive() and not self._stopping and not maintenance_is_on():
            sentinel.join(0.2)
        if not sentinel.is_alive() and not self._stopping:
            logger.error("The worker's sentinel ended with code %s.", sentinel.exitcode)
            return
        stop_event.set()
        sentinel.join(STOP_SECONDS)
        if sentinel.is_alive():
            logger.warning("A task did not finish within %s s; it will be taken up again.", STOP_SECONDS)
            sentinel.kill()
            sentinel.join()

    def _rest(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while not self._stopping and time.monotonic() < end:
            time.sleep(0.1)
