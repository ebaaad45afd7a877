"""What runs by the clock: django-q2 schedules, one row each."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django_q.models import Schedule


@dataclass(frozen=True)
class Timer:
    name: str
    function: str
    schedule_type: str
    minutes: int | None = None


TIMERS = (
    Timer("tasks_sweep", "animal.core.tasks.tasks_sweep", Schedule.MINUTES, minutes=1),
    Timer("reembed_watch", "animal.recognition.reembedding.reembed_watch", Schedule.MINUTES, minutes=1),
    Timer("idempotency_sweep", "animal.core.idempotency.idempotency_sweep", Schedule.HOURLY),
    Timer("pets_purge", "animal.pets.tasks.pets_purge", Schedule.DAILY),
    Timer("accounts_purge", "accounts.tasks.accounts_purge", Schedule.DAILY),
)


@transaction.atomic
def schedules_ensure() -> int:
    """Make the schedules what TIMERS says; returns how many rows were written. Next run times are left alone, so
    that a service which restarts often still gets round to its daily work."""
    written = 0
    for timer in TIMERS:
        wanted = {"func": timer.function, "schedule_type": timer.schedule_type, "minutes": timer.minutes}
        rows = list(Schedule.objects.filter(name=timer.name).order_by("pk"))
        if not rows:
            Schedule.objects.create(name=timer.name, **wanted)
            written += 1
            continue
        # The name is not unique in django-q2's table: two first starts at the same moment may each have made a row.
        written += Schedule.objects.filter(pk__in=[row.pk for row in rows[1:]]).delete()[0]
        if any(getattr(rows[0], field) != value for field, value in wanted.items()):
            written += Schedule.objects.filter(pk=rows[0].pk).update(**wanted)
    return written
