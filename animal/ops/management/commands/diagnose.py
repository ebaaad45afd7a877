from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from animal.ops.diagnosis import FAULT, diagnosis


class Command(BaseCommand):
    help = "Say how this installation is, without secrets and people. Exit code 1 when something has to be mended."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--full", action="store_true", help="with packages, tables and a comparison of the index")

    def handle(self, *, full: bool, **options: Any) -> None:
        faults = 0
        for title, lines in diagnosis(full=full):
            self.stdout.write(f"\n{title}")
            for line in lines:
                faults += line.state == FAULT
                self.stdout.write(f"  {line.state:<6} {line.what:<18} {line.said}")
        self.stdout.write("")
        if faults:
            raise CommandError(f"{faults} things have to be mended: the lines that begin with {FAULT}.")
        self.stdout.write("Nothing has to be mended.")
