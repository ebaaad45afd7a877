from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django_q.tasks import async_task

from animal.core.connections import connections_limit_waiting
from animal.core.metrics.files import share
from animal.ops.cluster import GuardedCluster
from animal.ops.database import database_wait
from animal.ops.schedules import schedules_ensure
from animal.recognition.reembedding import reembed_watch


class Command(BaseCommand):
    help = "Do the background work until SIGTERM or SIGINT. Any number of workers may run."

    def handle(self, *args: Any, **options: Any) -> None:
        # Tasks move more rows than requests, and nobody looks on; but a task has to see its database hang before it is
        # killed itself.
        connections_limit_waiting(max(settings.TASK_TIMEOUT_SECONDS // 2, 1))
        if not database_wait(timeout=60, on_wait=lambda error: self.stderr.write(f"Waiting for the database: {error}")):
            raise CommandError("The database did not answer for 60 s. The worker stops.")
        share(settings.METRICS_FOLDER)
        schedules_ensure()
        async_task(reembed_watch, at_start=True, task_name="reembed-watch")
        GuardedCluster().run()
