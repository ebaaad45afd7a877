"""`manage.py prepare_models`: convert and check the recognition model now, so that the first photo need not wait."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from animal.recognition.errors import ModelUnavailable
from animal.recognition.model_cache import verified_backbone


class Command(BaseCommand):
    help = "Convert the recognition model into MODEL_CACHE_DIR, or verify the one that is there."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            path = verified_backbone(settings.MODEL_CACHE_DIR)
        except ModelUnavailable as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{path} is ready.")
