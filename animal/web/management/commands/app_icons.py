from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from animal.web.app_icons import icons_write


class Command(BaseCommand):
    help = "Draw the icons of the installed app from icon.svg."
    requires_system_checks: list[str] = []

    def handle(self, **options: Any) -> None:
        for path in icons_write():
            self.stdout.write(f"{path.name}: {path.stat().st_size} bytes")
