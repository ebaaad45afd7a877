from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from animal.ops.database import database_wait


def seconds(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 86_400:
        raise argparse.ArgumentTypeError("must be from 0 to 86400")
    return value


class Command(BaseCommand):
    help = "Wait until the database answers; exit code 1 when it does not within the time."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--timeout", type=seconds, default=60.0, help="seconds to wait (default 60)")

    def handle(self, *args: Any, **options: Any) -> None:
        settings = connection.settings_dict
        place = f"{settings['HOST']}:{settings['PORT']}" if settings.get("HOST") else str(settings["NAME"])
        told = self.stderr.write
        if not database_wait(timeout=options["timeout"], on_wait=lambda error: told(f"Waiting for {place}: {error}")):
            raise CommandError(
                f"The database at {place} did not answer within {options['timeout']:g} s. "
                "Check DATABASE_URL or TIDB_HOST, and that the server runs."
            )
        self.stdout.write("The database answers.")
