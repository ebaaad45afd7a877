from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Bring the catalogues of translations up to what the pages say, compile them, and name what is missing."
    requires_system_checks: list[str] = []

    def handle(self, **options: Any) -> None:
        from animal.core.catalogues import catalogue_update, extracted, translated_languages

        said = extracted()
        for language in translated_languages():
            missing = catalogue_update(language, said)
            self.stdout.write(f"{language}: {len(said)} sentences, {len(missing)} without a translation")
            for sentence in missing:
                self.stdout.write(f"  {sentence}")
