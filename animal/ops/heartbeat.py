"""Whether workers are alive, as rows that every web process sees, on whichever host.

django-q2 keeps the same in the cache, which without Redis no other process sees.
"""

from __future__ import annotations

import logging
import socket
import uuid
from datetime import datetime, timedelta

from django.db import DatabaseError, models
from django.utils import timezone

from animal.core.models import WorkerHeartbeat

logger = logging.getLogger(__name__)

BEAT_SECONDS = 10.0
# Long enough for a start on a busy machine and for a database that locks for a while.
SILENT_SECONDS = 60.0
KEPT = timedelta(days=1)


def heartbeat_write(cluster: uuid.UUID, *, workers: int, busy: int, started_at: datetime) -> None:
    """Never raises for a database that does not answer: the worker itself goes on, and waits for it."""
    now = timezone.now()
    try:
        if WorkerHeartbeat.objects.filter(cluster=cluster).update(workers=workers, busy=busy, beat_at=now):
            return
        WorkerHeartbeat.objects.filter(beat_at__lt=now - KEPT).delete()
        host = socket.gethostname()[:100]
        WorkerHeartbeat.objects.create(
            cluster=cluster, host=host, workers=workers, busy=busy, started_at=started_at, beat_at=now
        )
    except DatabaseError as error:
        logger.warning("no heartbeat was written: %s", error)


def heartbeat_end(cluster: uuid.UUID) -> None:
    """A worker that was stopped in order is not missed."""
    try:
        WorkerHeartbeat.objects.filter(cluster=cluster).delete()
    except DatabaseError as error:
        logger.warning("the last heartbeat was not taken back: %s", error)


def heartbeat_totals() -> dict[str, int | datetime | None]:
    """`workers` and `busy` of the trees that are alive; `newest`, the last beat of any, None without one."""
    alive = models.Q(beat_at__gte=timezone.now() - timedelta(seconds=SILENT_SECONDS))
    found = WorkerHeartbeat.objects.aggregate(
        workers=models.Sum("workers", filter=alive), busy=models.Sum("busy", filter=alive), newest=models.Max("beat_at")
    )
    return {"workers": found["workers"] or 0, "busy": found["busy"] or 0, "newest": found["newest"]}


def heartbeat_is_here() -> bool:
    """Whether a worker of this host, which in a container is the container, is alive."""
    since = timezone.now() - timedelta(seconds=SILENT_SECONDS)
    return WorkerHeartbeat.objects.filter(host=socket.gethostname()[:100], beat_at__gte=since).exists()
