from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from animal.ops.maintenance import maintenance_begin, maintenance_end, maintenance_notice


class Command(BaseCommand):
    help = "Answer people 503 with Retry-After and let workers rest (on), end that (off), or say how it is (status)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["on", "off", "status"])
        parser.add_argument("--reason", default="By hand.", help="for whoever asks for the status; not shown to people")

    def handle(self, *, what: str, reason: str, **options: Any) -> None:
        if what == "on":
            begun = maintenance_begin(reason)
            self.stdout.write("Maintenance is on." if begun else "Maintenance was on already.")
        elif what == "off":
            self.stdout.write("Maintenance is off." if maintenance_end() else "Maintenance was off already.")
        else:
            notice = maintenance_notice()
            self.stdout.write(f"On since {notice.since}: {notice.reason}" if notice else "Off.")
