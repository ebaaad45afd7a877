"""Filling a collection that Qdrant does not have: it was just switched on, set up anew, or somebody dropped it.

Whoever misses the collection asks for this. Until it is done, searches leave Qdrant alone: it knows but a part.

A fill goes in slices, a task each. One that fails for good keeps searches off Qdrant as one that runs does, until the
collection is known to be whole again: by a later fill that came to its end, which is tried every hour, by
`sync_qdrant`, or by its `--check`.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

from animal.core.models import BackgroundTask
from animal.core.tasks import task_enqueue
from animal.recognition.models import GalleryEntry
from animal.recognition.services import INDEX_TASK

FILL_TASK = "animal.recognition.tasks.index_fill"
State = BackgroundTask.State
OPEN = (State.PENDING, State.PROCESSING)
UNFINISHED = (*OPEN, State.FAILED)
# What failed for good has been tried for seven minutes: whatever it is, it may take somebody to mend.
RETRY_AFTER = timedelta(hours=1)
RETRIED_AT_ONCE = 500


def fill_request(kind: str) -> None:
    """Have the collection of a kind made and filled in the background, unless that is going on."""
    if not is_filling(kind):
        fill_restart(kind)


def fill_restart(kind: str) -> None:
    """From the first entry on. What Qdrant has already is not sent again."""
    task_enqueue(FILL_TASK, f"{kind}:0")


def is_filling(kind: str) -> bool:
    return _tasks(FILL_TASK, kind).filter(state__in=UNFINISHED).exists()


def fill_settle(kind: str, *, failed_by: datetime) -> None:
    """Of a collection that holds every live entry: what failed until then has been made good."""
    _settle(_tasks(FILL_TASK, kind), failed_by)


def copies_settle(kind: str, *, failed_by: datetime) -> None:
    """Of a collection that agrees with the database: Qdrant knows every change that could not be told until then."""
    fill_settle(kind, failed_by=failed_by)
    _settle(_tasks(INDEX_TASK, kind), failed_by)


def index_mend() -> int:
    """Try again what failed for good an hour ago or longer; how many tasks. Runs every hour."""
    if not settings.QDRANT_CLUSTER_ENDPOINT:
        return 0
    due = models.Q(state=State.FAILED, finished_at__lte=timezone.now() - RETRY_AFTER)
    changes = BackgroundTask.objects.filter(due, name=INDEX_TASK).order_by("finished_at")
    targets = list(changes.values_list("target", flat=True)[:RETRIED_AT_ONCE])
    for target in targets:
        task_enqueue(INDEX_TASK, target)
    kinds = [kind for kind in GalleryEntry.Kind if _tasks(FILL_TASK, kind).filter(due).exists()]
    idle = [kind for kind in kinds if not _tasks(FILL_TASK, kind).filter(state__in=OPEN).exists()]
    for kind in idle:
        fill_restart(kind)
    return len(targets) + len(idle)


def _tasks(name: str, kind: str) -> models.QuerySet[BackgroundTask]:
    return BackgroundTask.objects.filter(name=name, target__startswith=f"{kind}:")


def _settle(tasks: models.QuerySet[BackgroundTask], failed_by: datetime) -> None:
    tasks.filter(state=State.FAILED, finished_at__lte=failed_by).update(
        state=State.DONE, finished_at=timezone.now(), failures=0, interruptions=0, error=""
    )
