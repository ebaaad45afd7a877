"""What `manage.py monitor` shows: a handful of numbers, asked for again and again."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast

from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone
from prometheus_client.core import Metric

from animal.core.metrics.files import gathered
from animal.core.models import OutgoingMail
from animal.ops.backup.store import set_names
from animal.ops.deploy import LOCK as DEPLOY
from animal.ops.gauges import queue_now
from animal.ops.heartbeat import heartbeat_totals
from animal.ops.locks import lock_taken_at
from animal.ops.maintenance import maintenance_is_on
from animal.ops.release import release_here

REQUESTS, FAULTS = "django_http_requests_total", "5"


@dataclass(frozen=True)
class Answered:
    """What this host's web processes have answered so far, and how much of it with a 5xx."""

    at: float
    requests: float
    faults: float


class Watch:
    def __init__(self) -> None:
        self._before: Answered | None = None

    def look(self) -> dict[str, str]:
        """What there is to see, by name; a database that is away is one of the things to see."""
        now = timezone.now()
        seen = {"time": f"{now:%Y-%m-%d %H:%M:%S} UTC", "release": release_here()}
        if maintenance_is_on():
            seen["maintenance"] = "on"
        try:
            seen |= self._in_the_database(now)
        except DatabaseError as error:
            connection.close()
            seen["database"] = f"does not answer ({type(error).__name__})"
        return {**seen, "requests": self._requests()}

    def _in_the_database(self, now: datetime) -> dict[str, str]:
        queue, workers = queue_now(), heartbeat_totals()
        beat = cast("datetime | None", workers["newest"])
        ago = f"{(now - beat).total_seconds():.0f} s ago" if beat else "never"
        newest = f"newest {next(iter(set_names()), 'none')}" if settings.BACKUPS_IN else "not made"
        under_way = [name for name in ("backup", DEPLOY) if lock_taken_at(name)]
        return {
            "queue": f"{queue.due} due, {queue.running} running, {queue.later} later, {queue.failed} failed",
            "oldest waits": f"{queue.oldest_seconds(now):.0f} s",
            "done": f"{queue.done_last_hour} in the last hour",
            "workers": f"{workers['workers']}, {workers['busy']} busy, last seen {ago}",
            "mail": f"{OutgoingMail.objects.filter(sent_at=None).count()} to send",
            "backups": newest + (f"; {', '.join(under_way)} under way" if under_way else ""),
        }

    def _requests(self) -> str:
        """Per second since the last look. Web processes of this host count into files; without files, nothing."""
        now = answered(Path(settings.METRICS_FOLDER))
        before, self._before = self._before, now
        if now is None:
            return "no web process of this host counts"
        if before is None or now.requests < before.requests:
            return f"{now.requests:.0f} since the start, {now.faults:.0f} of them 5xx"
        seconds = max(now.at - before.at, 0.001)
        return f"{(now.requests - before.requests) / seconds:.1f}/s, {now.faults - before.faults:.0f} new 5xx"


def answered(folder: Path) -> Answered | None:
    if not folder.is_dir() or not any(folder.glob("counter_*.db")):
        return None
    with gathered(folder) as counts:
        families: Iterable[Metric] = counts.collect()
        samples = [sample for family in families for sample in family.samples if sample.name == REQUESTS]
    faults = [sample.value for sample in samples if sample.labels["status_code"].startswith(FAULTS)]
    return Answered(time.monotonic(), sum(sample.value for sample in samples), sum(faults))
