from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from animal.ops.heartbeat import SILENT_SECONDS, heartbeat_is_here


class Command(BaseCommand):
    help = "Exit code 1 unless a worker of this host gave a sign of life lately: the health check of its container."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        if not heartbeat_is_here():
            raise CommandError(f"No worker of this host gave a sign of life for {SILENT_SECONDS:g} s.")
