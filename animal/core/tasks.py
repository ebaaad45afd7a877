"""Background work that survives any crash.

    task_enqueue(extract_pet_features, pet.pk)      # in the transaction that writes the rows

writes a `BackgroundTask` row and a queue row. A worker wakes up, claims the row for TASK_LEASE_SECONDS, runs the
function and completes the row, on condition that nobody claimed it since. A failing task comes back after 60, 120 and
240 s and is then FAILED with its reason. A part that is down (`DependencyDown`) is no failure: the task waits for it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.db import (
    IntegrityError,
    models,
    transaction,
)
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.brokers.orm import ORM
from django_q.models import OrmQ
from django_q.tasks import async_task

from animal.core import metrics
from animal.core.connections import DATABASE_AWAY, connections_refresh, once_more_if_cut
from animal.core.faults import checkpoint
from animal.core.models import BackgroundTask
from animal.core.privacy import scrubbed
from animal.core.queue_wakeup import wakeup_after_commit
from animal.core.scope import Scope, current_request_id, new_request_id, scoped

logger = logging.getLogger(__name__)

RETRY_DELAYS = (timedelta(seconds=60), timedelta(seconds=120), timedelta(seconds=240))
# A task whose worker died this often is given up: it probably kills its worker (out of memory, endless loop).
MAX_INTERRUPTIONS = 20
# What a database says while it is locked, full, away, or older than the code: no fault of the task.
KEEP_DONE = timedelta(days=7)
SWEEP_BATCH = 500

# No task is ever asked for so long ahead: one that is due later than this was written while the clock was wrong.
LONGEST_DELAY = timedelta(hours=1)
# A lease that ends so much later than one taken now was taken while the clock was wrong. Far more than hosts' clocks
# differ: one that is slow must not free what the others are at. Where it was ahead by less, the lease runs out by then.
LEASE_LEEWAY = timedelta(hours=1)

T = TypeVar("T")
TaskFunction = Callable[[Any], None]
State = BackgroundTask.State


class DependencyDown(Exception):
    """A part that the task needs (model file, index, mail server) does not work now. Waited for without limit."""


class Permanent(Exception):
    """Trying again cannot help. The message is stored as the reason and shown to staff."""


@dataclass(frozen=True)
class Claim:
    task_id: int
    name: str
    target: str
    number: int
    requests: int
    request_id: str = ""
    # When the task, while it ran, asked to run once more itself.
    own_requests: list[datetime] = field(default_factory=list)


_running: ContextVar[Claim | None] = ContextVar("running_task", default=None)


class _DelayedOrm(ORM):
    """django-q2's ORM broker with a queue row that becomes visible only at `visible_at`.

    The scheduler would do the same, but it ticks only every 30 s.
    """

    def __init__(self, visible_at: datetime) -> None:
        super().__init__()
        self.visible_at = visible_at

    def enqueue(self, task: str) -> int:
        row = self.get_connection().create(key=self.list_key, payload=task, lock=self.visible_at)
        return int(row.pk)


def background_task(*, on_failed: Callable[[Any, str], None] | None = None) -> Callable[[TaskFunction], TaskFunction]:
    """Mark a function `f(target_id)` as background work. `on_failed(target_id, reason)` runs when it is given up."""

    def mark(function: TaskFunction) -> TaskFunction:
        function.task_name = f"{function.__module__}.{function.__qualname__}"  # type: ignore[attr-defined]
        function.on_failed = on_failed  # type: ignore[attr-defined]
        return function

    return mark


def task_enqueue(task: TaskFunction | str, target: object, *, delay: timedelta = timedelta(0)) -> None:
    """Ask for `task(target)` in the caller's transaction. Asking again while it runs makes it run once more:
    at once, or when it asked itself, after its `delay`.

    `task` may be a dotted path, for a task of an app that the caller must not import.
    """
    name = task if isinstance(task, str) else task.task_name  # type: ignore[attr-defined]
    run_at = timezone.now() + delay
    running = _running.get()
    if running is not None and (running.name, running.target) == (name, str(target)):
        running.own_requests.append(run_at)
    with transaction.atomic():
        _wake(_request(f"{name}:{target}", name, str(target), run_at), run_at)


def _request(key: str, name: str, target: str, run_at: datetime) -> int:
    """The id of the task's row, which now asks for one run more."""
    rows = BackgroundTask.objects.filter(key=key)
    if not (rows.exists() and _ask_again(rows, run_at)):
        try:
            with transaction.atomic():
                new = BackgroundTask(key=key, name=name, target=target, run_at=run_at, woken_at=run_at)
                new.request_id = current_request_id()
                new.save(force_insert=True)
                return new.pk
        except IntegrityError:
            # Another transaction has just made it. An UPDATE sees it even where our snapshot is older (MySQL).
            if not _ask_again(rows, run_at):
                raise
    return rows.values_list("pk", flat=True).get()


def _ask_again(rows: models.QuerySet[BackgroundTask], run_at: datetime) -> bool:
    """False when the row is gone: the sweeper deletes old ones."""
    asked = rows.update(requests=models.F("requests") + 1, request_id=current_request_id())
    rows.exclude(state=State.PROCESSING).update(
        state=State.PENDING, run_at=run_at, failures=0, interruptions=0, error="", finished_at=None
    )
    return bool(asked)


def _wake(task_id: int, visible_at: datetime) -> None:
    BackgroundTask.objects.filter(pk=task_id).update(woken_at=visible_at)
    # task_name keeps django-q2 from drawing one of its own; the row, not the queue, says what there is to do.
    async_task(task_run, task_id, task_name=f"task-{task_id}", broker=_DelayedOrm(visible_at))
    if settings.Q_BROKER == "redis" and visible_at <= timezone.now():
        wakeup_after_commit()


def task_run(task_id: int) -> None:
    """What workers execute: claim, run, and settle one task. Never raises for a failing task."""
    claim = once_more_if_cut(_claim, task_id)
    if claim is None:
        return  # Done, not yet due, or another worker holds it.
    checkpoint("claimed")
    started, status = time.monotonic(), "interrupted"
    with scoped(Scope(claim.request_id or new_request_id(), lambda: claim.name)):
        try:
            status = _run(claim)
        finally:
            seconds = time.monotonic() - started
            metrics.TASKS.inc(claim.name, status)
            metrics.TASK_SECONDS.observe(seconds, claim.name)
            logger.info("task %s %s after %.2f s", claim.name, status, seconds)


def _run(claim: Claim) -> str:
    """Run the task and write what became of it, which is also returned: done, waiting, retried or failed."""
    token = _running.set(claim)
    try:
        _function(claim.name)(_argument(claim.target))
    except DependencyDown as error:
        logger.warning("task %s waits: %s", claim.name, error)
        return _postpone(claim, reason=str(error), counts_as_failure=False)
    except Permanent as error:
        _give_up(claim, reason=str(error))
        return "failed"
    except DATABASE_AWAY as error:
        logger.warning("task %s waits for the database: %s", claim.name, error)
        connections_refresh()  # What was cut cannot be told of the task either.
        return _postpone(claim, reason=f"{type(error).__name__}: {error}", counts_as_failure=False)
    except Exception as error:
        logger.exception("task %s failed", claim.name)
        return _postpone(claim, reason=f"{type(error).__name__}: {error}", counts_as_failure=True)
    finally:
        _running.reset(token)
    checkpoint("finished")
    once_more_if_cut(_complete, claim)
    return "done"


def _function(name: str) -> TaskFunction:
    function = import_string(name)
    if not hasattr(function, "task_name"):
        raise Permanent(f"{name} is not a background task.")
    return function  # type: ignore[no-any-return]


def _argument(target: str) -> int | str:
    return int(target) if target.isdigit() else target


def _claim(task_id: int) -> Claim | None:
    now = timezone.now()
    row = BackgroundTask.objects.filter(pk=task_id).first()
    if row is None:
        return None
    expired = row.state == State.PROCESSING and row.lease_until is not None and row.lease_until < now
    if expired and row.interruptions >= MAX_INTERRUPTIONS:
        _give_up(Claim(row.pk, row.name, row.target, row.claim, row.requests), reason="Its worker died every time.")
        return None
    claimable = models.Q(state=State.PENDING, run_at__lte=now) | models.Q(state=State.PROCESSING, lease_until__lt=now)
    claimed = BackgroundTask.objects.filter(claimable, pk=task_id, claim=row.claim).update(
        state=State.PROCESSING,
        claim=row.claim + 1,
        interruptions=row.interruptions + (1 if expired else 0),
        lease_until=now + timedelta(seconds=settings.TASK_LEASE_SECONDS),
    )
    if not claimed:
        return None
    if row.state == State.PENDING:
        metrics.TASK_WAIT_SECONDS.observe(max((now - row.run_at).total_seconds(), 0))
    return Claim(row.pk, row.name, row.target, row.claim + 1, row.requests, row.request_id)


def _settle(claim: Claim, *, only_if: dict[str, Any] | None = None, **values: Any) -> bool:
    """Write the outcome if this claim still holds. False when the lease was lost to another worker."""
    held = BackgroundTask.objects.filter(
        pk=claim.task_id, state=State.PROCESSING, claim=claim.number, **(only_if or {})
    )
    return bool(held.update(lease_until=None, **values))


def _finish(claim: Claim, **outcome: Any) -> bool:
    """Write the outcome; False when the task was asked for again while it ran, or the lease was lost.

    What it read before it was asked again may be old, so it then runs once more, at once. When only it asked, it says
    when: else a task that puts itself off would run over and over until then.
    """
    if _settle(claim, only_if={"requests": claim.requests}, **outcome):
        return True
    now = timezone.now()
    own = claim.own_requests
    only_own = {"requests": claim.requests + len(own)}
    for only_if, run_at in ((only_own, max(min(own, default=now), now)), (None, now)):
        if _settle(claim, only_if=only_if, state=State.PENDING, run_at=run_at, failures=0, error=""):
            # The queue row that came with the request may have been used up while this still ran.
            _wake(claim.task_id, run_at)
            break
    return False


@transaction.atomic
def _complete(claim: Claim) -> None:
    _finish(claim, state=State.DONE, finished_at=timezone.now(), failures=0, interruptions=0, error="")


def _postpone(claim: Claim, *, reason: str, counts_as_failure: bool) -> str:
    failures = BackgroundTask.objects.values_list("failures", flat=True).get(pk=claim.task_id)
    if counts_as_failure and failures >= len(RETRY_DELAYS):
        _give_up(claim, reason=reason)
        return "failed"
    delay = RETRY_DELAYS[failures] if counts_as_failure else timedelta(seconds=settings.TASK_WAIT_SECONDS)
    with transaction.atomic():
        run_at = timezone.now() + delay
        new_failures = failures + 1 if counts_as_failure else failures
        if _finish(claim, state=State.PENDING, run_at=run_at, failures=new_failures, error=_kept(reason)):
            _wake(claim.task_id, run_at)
    return "retried" if counts_as_failure else "waiting"


@transaction.atomic
def _give_up(claim: Claim, *, reason: str) -> None:
    if _finish(claim, state=State.FAILED, finished_at=timezone.now(), error=_kept(reason)):
        _tell_given_up(claim, reason)


def _kept(reason: str) -> str:
    """For the row, which staff read: exceptions quote the address, number or place that they choked on."""
    return scrubbed(reason)[:500]


def _tell_given_up(claim: Claim, reason: str) -> None:
    try:
        on_failed = getattr(_function(claim.name), "on_failed", None)
    except (ImportError, Permanent):
        return  # The task itself is unknown: an older or newer release queued it.
    if on_failed is not None:
        on_failed(_argument(claim.target), reason)


def tasks_sweep() -> int:
    """Wake every task that is due but has no queue row to wake it; returns how many.

    Runs every minute and at each worker start: a queue row may have been lost with a killed worker, purged by an
    operator, or dropped because its signature no longer fits after a change of SECRET_KEY.
    """
    now = timezone.now()
    _set_right(now)
    expired = models.Q(state=State.PROCESSING, lease_until__lt=now)
    overdue = models.Q(state=State.PENDING, run_at__lt=now)
    if OrmQ.objects.filter(lock__lte=now).exists():
        # A queue that is merely long still holds the wake-ups; waking everything again would only lengthen it.
        overdue &= models.Q(woken_at__lt=now - timedelta(minutes=10))
    woken = 0
    for task_id in (
        BackgroundTask.objects.filter(expired | overdue).order_by("run_at").values_list("pk", flat=True)[:SWEEP_BATCH]
    ):
        with transaction.atomic():
            _wake(task_id, now)
        woken += 1
    old = BackgroundTask.objects.filter(state=State.DONE, finished_at__lt=now - KEEP_DONE)
    # The DELETE asks once more whether the row is old and done: it may have been asked for again since.
    old.filter(pk__in=list(old.values_list("pk", flat=True)[:SWEEP_BATCH])).delete()
    return woken


def _set_right(now: datetime) -> None:
    """After a clock that was ahead has been set back: what was to be done "later" is due now."""
    longest_lease = timedelta(seconds=settings.TASK_LEASE_SECONDS) + LEASE_LEEWAY
    waiting = BackgroundTask.objects.filter(state=State.PENDING, run_at__gt=now + LONGEST_DELAY)
    held = BackgroundTask.objects.filter(state=State.PROCESSING, lease_until__gt=now + longest_lease)
    moment = timedelta(seconds=1)
    # Not woken lately either, by the right clock.
    if waiting.update(run_at=now - moment, woken_at=now - LONGEST_DELAY) + held.update(lease_until=now - moment):
        logger.warning("The clock was ahead: what was put off until then is done now.")
