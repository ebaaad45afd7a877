from __future__ import annotations

import logging
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from animal.core.privacy import scrubbed
from animal.ops.backup.store import BackupError
from animal.ops.deploy import DeployError, Plan, deploy, rollback
from animal.ops.locks import Busy, LockLost
from animal.ops.maintenance import OthersNotTold, maintenance_is_on

logger = logging.getLogger(__name__)

SKIPS = {
    "backup": "do not back up first; then the deployment can only be taken back when it applied no migration",
    "migrate": "leave the tables as they are",
    "static": "leave the static files as they are",
}


class Command(BaseCommand):
    help = "Bring rows and files to the release installed here: back up, migrate, collect static files, set schedules."
    # `deploy` itself says which setting is wrong.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        for name, effect in SKIPS.items():
            parser.add_argument(f"--skip-{name}", action="store_true", help=effect)
        parser.add_argument("--maintenance", action="store_true", help="answer people 503 meanwhile, let workers rest")
        parser.add_argument("--rollback", action="store_true", help="take the last deployment back")

    def handle(self, *, rollback: bool, maintenance: bool, **options: Any) -> None:
        skipped = [name for name in SKIPS if options[f"skip_{name}"]]
        if rollback and skipped:
            raise CommandError(
                f"--rollback takes a deployment back as a whole; --skip-{skipped[0]} does not go with it."
            )
        try:
            if rollback:
                self._take_back()
            else:
                deploy(Plan(maintenance=maintenance, **{name: name not in skipped for name in SKIPS}), self._say)
        except (DeployError, BackupError, Busy, LockLost, OthersNotTold) as error:
            raise CommandError(f"{error}{_standing()}") from error
        except Exception as error:
            logger.exception("a deployment failed")
            raise CommandError(
                f"The deployment failed half-way: {scrubbed(str(error))} `deploy --rollback` takes it back."
                + _standing()
            ) from error

    def _take_back(self) -> None:
        rollback(self._say)

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _standing() -> str:
    return " Maintenance is on; `maintenance off` ends it." if maintenance_is_on() else ""
