"""`manage.py demo_check`: play the whole story against running processes."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.models import OneTimeToken
from accounts.services import one_time_token_create
from animal.demo.animals import bundled_animals, no_animal_photo
from animal.demo.people import Role, person
from animal.demo.seed import DEFAULT_PLACE
from animal.demo.story import Story, StoryFailed


class Command(BaseCommand):
    help = "Play lost, found, recognised, talking, confirmed over HTTP; exits with 1 at the first step that fails."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--base-url", required=True, help="where web runs, such as http://localhost:8000")

    def handle(self, *args: Any, **options: Any) -> None:
        roles: tuple[Role, ...] = ("owner", "finder", "neighbour", "stranger")
        sign_in = OneTimeToken.Purpose.SIGN_IN
        story = Story(
            base_url=options["base_url"].rstrip("/"),
            tokens={role: one_time_token_create(user=person(role), purpose=sign_in) for role in roles},
            animals=bundled_animals(),
            no_animal=no_animal_photo(),
            say=self._say,
            place=DEFAULT_PLACE,
            metrics_token=settings.METRICS_TOKEN,
        )
        try:
            story.play()
        except StoryFailed as failure:
            raise CommandError(f"The story does not hold. {failure}") from None
        self._say("The story holds.")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
