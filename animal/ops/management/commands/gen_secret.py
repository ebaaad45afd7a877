from __future__ import annotations

import secrets
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

SECRET_KEY_BYTES = 50


class Command(BaseCommand):
    help = "Print a fresh SECRET_KEY, or with --backup-key a fresh BACKUP_ENCRYPTION_KEY; nothing is stored."
    # So that it can be asked for before there is one.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--backup-key", action="store_true", help="a key of age, and below it its public one")

    def handle(self, *, backup_key: bool, **options: Any) -> None:
        if not backup_key:
            self.stdout.write(secrets.token_urlsafe(SECRET_KEY_BYTES))
            return
        from pyrage import x25519

        key = x25519.Identity.generate()
        self.stdout.write(str(key))
        self.stdout.write(f"# public: {key.to_public()}")
