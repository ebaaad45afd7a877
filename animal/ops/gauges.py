"""What Prometheus is told of the database: counted when it asks, and at most every CACHE_SECONDS.

The number of statements is fixed. Every process that is asked says the same, so take the `max` over several of them and
not the sum.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Count, Min, Q
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily, Metric

from accounts.models import Session, User
from animal.core.models import BackgroundTask
from animal.matching.models import PetMatch
from animal.ops.heartbeat import heartbeat_totals
from animal.pets.models import Pet
from animal.recognition.models import GalleryEntry
from animal.recognition.services import INDEX_TASK
from animal.reports.models import Report

logger = logging.getLogger(__name__)

CACHE_SECONDS = 5.0
State = BackgroundTask.State
OPEN = (State.PENDING, State.PROCESSING)


@dataclass(frozen=True)
class Queue:
    """Tasks by what they wait for. Those of `index_waiting`, which are to tell Qdrant of a change, are counted among
    the others too. `oldest_due` is when the one that has waited longest should have started."""

    due: int = 0
    later: int = 0
    running: int = 0
    abandoned: int = 0
    failed: int = 0
    done_last_hour: int = 0
    index_waiting: int = 0
    oldest_due: datetime | None = None

    def oldest_seconds(self, now: datetime) -> float:
        return max((now - self.oldest_due).total_seconds(), 0) if self.oldest_due else 0.0


def queue_now() -> Queue:
    """Two statements, over the tasks that are not done."""
    now = timezone.now()
    due = Q(state=State.PENDING, run_at__lte=now)
    lease_over = Q(state=State.PROCESSING, lease_until__lt=now)
    found = BackgroundTask.objects.filter(state__in=(*OPEN, State.FAILED)).aggregate(
        due=Count("pk", filter=due),
        later=Count("pk", filter=Q(state=State.PENDING, run_at__gt=now)),
        running=Count("pk", filter=Q(state=State.PROCESSING, lease_until__gte=now)),
        abandoned=Count("pk", filter=lease_over),
        failed=Count("pk", filter=Q(state=State.FAILED)),
        index_waiting=Count("pk", filter=Q(name=INDEX_TASK, state__in=OPEN)),
        oldest_due=Min("run_at", filter=due),
    )
    lately = BackgroundTask.objects.filter(state=State.DONE, finished_at__gte=now - timedelta(hours=1))
    return Queue(**found, done_last_hour=lately.count())


@dataclass
class _Kept:
    at: float = float("-inf")
    families: list[Metric] = field(default_factory=list)


_kept, _counting = _Kept(), threading.Lock()


def database_gauges() -> list[Metric]:
    """Never raises: a database that does not answer is what `pawgle_database_up` says."""
    with _counting:
        if time.monotonic() - _kept.at > CACHE_SECONDS:
            try:
                _kept.families = [*_count(), _gauge("pawgle_database_up", "1: the database answers.", 1)]
            except DatabaseError as error:
                logger.warning("the database cannot be counted: %s", error)
                _kept.families = [_gauge("pawgle_database_up", "1: the database answers.", 0)]
            _kept.at = time.monotonic()
        return _kept.families


def forget_kept() -> None:
    _kept.at = float("-inf")


def _count() -> Iterator[Metric]:
    yield from _work()
    yield from _people_and_animals()
    yield from _gallery()
    yield _gauge("pawgle_build_info", "The release.", 1, version=str(settings.SPECTACULAR_SETTINGS["VERSION"]))


def _work() -> Iterator[Metric]:
    queue, workers, now = queue_now(), heartbeat_totals(), timezone.now()
    tasks = GaugeMetricFamily("pawgle_tasks", "Background tasks by what they wait for.", labels=["state"])
    for state in ("due", "later", "running", "abandoned", "failed", "done_last_hour", "index_waiting"):
        tasks.add_metric([state], getattr(queue, state))
    yield tasks
    yield _gauge("background_tasks_active", "Tasks that a worker does now.", queue.running)
    # A time and not an age, which would be as old as the scrape.
    oldest = queue.oldest_due or now
    yield _gauge(
        "pawgle_queue_oldest_due_timestamp_seconds",
        "When the task that has waited longest should have started; now, when none waits.",
        oldest.timestamp(),
    )
    yield _gauge("pawgle_workers", "Tasks that the workers that are alive do at a time.", _number(workers["workers"]))
    newest = workers["newest"]
    beat = newest.timestamp() if isinstance(newest, datetime) else 0
    yield _gauge("pawgle_worker_last_beat_timestamp_seconds", "The last sign of life of any worker.", beat)


def _people_and_animals() -> Iterator[Metric]:
    window = max(timedelta(minutes=5), settings.ACCESS_TOKEN_LIFETIME)
    active = Session.objects.filter(last_seen_at__gte=timezone.now() - window)
    yield _gauge(
        "active_users",
        "People who signed in or renewed their access, which runs out after JWT_ACCESS_TOKEN_LIFETIME_MINUTES.",
        active.aggregate(people=Count("user", distinct=True))["people"],
    )
    yield _gauge("pawgle_users", "Accounts.", User.objects.count())
    yield _gauge("pets_total", "Registered pets.", Pet.objects.filter(deleted_at=None).count())
    reports = GaugeMetricFamily("reports_active", "Reports that are open and not hidden.", labels=["status"])
    is_open = Report.objects.filter(status__in=(Report.Status.LOST, Report.Status.FOUND), hidden_at=None)
    counted = dict(is_open.order_by().values_list("status").annotate(Count("pk")))
    for status in (Report.Status.LOST, Report.Status.FOUND):
        reports.add_metric([status.value], counted.get(status.value, 0))
    yield reports
    by_status = dict(PetMatch.objects.order_by().values_list("status").annotate(Count("pk")))
    matches = GaugeMetricFamily("matches_total", "Matches by what became of them.", labels=["status"])
    for match_status in PetMatch.Status.values:
        matches.add_metric([match_status], by_status.get(match_status, 0))
    yield matches
    yield _gauge("reunions_total", "Matches that the owner confirmed.", by_status.get(PetMatch.Status.CONFIRMED, 0))


def _gallery() -> Iterator[Metric]:
    live = GalleryEntry.objects.filter(slot=0, is_live=True)
    entries = GaugeMetricFamily(
        "pawgle_index_entries", "Pets and reports that can be found by a photo.", labels=["version"]
    )
    for version, number in live.order_by().values_list("version").annotate(Count("pk")):
        entries.add_metric([version], number)
    yield entries


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _gauge(name: str, text: str, value: float, **labels: str) -> Metric:
    family = GaugeMetricFamily(name, text, labels=list(labels))
    family.add_metric(list(labels.values()), value)
    return family
