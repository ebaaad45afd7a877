from __future__ import annotations

from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from django.core.management.base import BaseCommand

from animal.alerts.web_push import CURVE, base64url


class Command(BaseCommand):
    help = "Print a fresh VAPID_PRIVATE_KEY, with which browsers are told of news; nothing is stored."
    # So that it can be asked for before the settings are right.
    requires_system_checks: list[str] = []

    def handle(self, **options: Any) -> None:
        number = ec.generate_private_key(CURVE).private_numbers().private_value
        self.stdout.write(base64url(number.to_bytes(32, "big")))
