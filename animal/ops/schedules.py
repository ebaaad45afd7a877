"""What runs by the clock: django-q2 schedules, one row each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_q.models import Schedule


@dataclass(frozen=True)
class Timer:
    name: str
    function: str
    schedule_type: str
    minutes: int | None = None
    at: time | None = None  # Of the day, in UTC; else counted from when the row was made.


TIMERS = (
    Timer("tasks_sweep", "animal.core.tasks.tasks_sweep", Schedule.MINUTES, minutes=1),
    Timer("reembed_watch", "animal.recognition.reembedding.reembed_watch", Schedule.MINUTES, minutes=1),
    Timer("idempotency_sweep", "animal.core.idempotency.idempotency_sweep", Schedule.HOURLY),
    Timer("index_mend", "animal.recognition.index.qdrant_fill.index_mend", Schedule.HOURLY),
    Timer("gallery_sweep", "animal.recognition.services.gallery_sweep", Schedule.DAILY, at=time(3, 30)),
    Timer("pets_purge", "animal.pets.tasks.pets_purge", Schedule.DAILY),
    Timer("accounts_purge", "accounts.tasks.accounts_purge", Schedule.DAILY),
    Timer("retention", "animal.ops.tasks.retention_apply", Schedule.DAILY, at=time(3, 0)),
    Timer("missing_assets", "animal.ops.tasks.missing_assets_process", Schedule.MINUTES, minutes=10),
    Timer("orphan_files", "animal.ops.tasks.orphan_files_start", Schedule.WEEKLY, at=time(4, 0)),
)
BACKUP = Timer("backup", "animal.ops.tasks.backup_start", Schedule.DAILY, at=time(2, 0))


def timers() -> tuple[Timer, ...]:
    """What runs by the clock as this service is configured: no backup without a place for it."""
    return (*TIMERS, BACKUP) if settings.BACKUPS_IN else TIMERS


@transaction.atomic
def schedules_ensure() -> int:
    """Make the schedules what `timers` says; returns how many rows were written. Next run times are left alone, so
    that a service which restarts often still gets round to its daily work."""
    wanted_names = {timer.name for timer in timers()}
    given_up = {BACKUP.name} - wanted_names
    written = int(Schedule.objects.filter(name__in=given_up, func=BACKUP.function).delete()[0])
    for timer in timers():
        wanted = {"func": timer.function, "schedule_type": timer.schedule_type, "minutes": timer.minutes}
        rows = list(Schedule.objects.filter(name=timer.name).order_by("pk"))
        if not rows:
            first = {"next_run": _next(timer.at)} if timer.at else {}
            Schedule.objects.create(name=timer.name, **wanted, **first)
            written += 1
            continue
        # The name is not unique in django-q2's table: two first starts at the same moment may each have made a row.
        written += Schedule.objects.filter(pk__in=[row.pk for row in rows[1:]]).delete()[0]
        if any(getattr(rows[0], field) != value for field, value in wanted.items()):
            written += Schedule.objects.filter(pk=rows[0].pk).update(**wanted)
    return written


def _next(at: time) -> datetime:
    now = timezone.now()
    today = now.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
    return today if today > now else today + timedelta(days=1)
