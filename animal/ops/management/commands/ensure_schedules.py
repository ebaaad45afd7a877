from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from animal.ops.schedules import schedules_ensure, timers


class Command(BaseCommand):
    help = "Create or correct the rows of everything that runs by the clock. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        written = schedules_ensure()
        self.stdout.write(f"{len(timers())} schedules are in place ({written} written).")
