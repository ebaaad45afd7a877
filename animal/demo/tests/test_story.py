"""The whole story over real HTTP: it holds with our recognition, and with none that recognises nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from accounts.models import OneTimeToken
from accounts.services import one_time_token_create
from animal.alerts.services import notification_create
from animal.core.tests.worker import work_off
from animal.demo.animals import bundled_animals, no_animal_photo
from animal.demo.people import person
from animal.demo.seed import DEFAULT_PLACE
from animal.demo.story import Story, StoryFailed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def seeded() -> None:
    call_command("seed_test_data", "--work", verbosity=0)


@pytest.fixture
def worker() -> Iterator[None]:
    """Runs what is queued, beside the server, until the test ends."""
    stop = threading.Event()

    def run() -> None:
        while not stop.wait(0.05):
            work_off()
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    yield
    stop.set()
    thread.join()


def test_the_story_holds(live_server: Any, seeded: None, worker: None, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("demo_check", base_url=live_server.url)
    said = capsys.readouterr().out
    assert "The story holds." in said
    assert "14 of 14 first" in said


@pytest.mark.stack
@pytest.mark.parametrize("embedder", ["ConstantEmbedder", "RandomEmbedder", "HashEmbedder"])
def test_the_story_fails_with_an_embedder_that_recognises_nothing(
    live_server: Any, settings: Any, embedder: str, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.EMBEDDING_PROVIDER = f"animal.demo.tests.embedders.{embedder}"
    call_command("seed_test_data", "--work", verbosity=0)
    with pytest.raises(CommandError, match="every seeded animal is recognised"):
        call_command("demo_check", base_url=live_server.url)
    assert "FAILED" in capsys.readouterr().out


def test_the_story_fails_with_a_sentence_when_the_service_does_not_answer(db: None) -> None:
    with pytest.raises(CommandError, match="the service did not answer"):
        call_command("demo_check", base_url="http://127.0.0.1:9")


def test_the_story_fails_when_the_owner_of_a_look_alike_is_told(live_server: Any, db: None) -> None:
    neighbour = person("neighbour")
    token = one_time_token_create(user=neighbour, purpose=OneTimeToken.Purpose.SIGN_IN)
    story = Story(
        base_url=live_server.url,
        tokens={"neighbour": token},
        animals=bundled_animals(),
        no_animal=no_animal_photo(),
        say=lambda line: None,
        place=DEFAULT_PLACE,
    )
    story.neighbour.sign_in(token)
    story.look_alike_is_quiet()
    notification_create(recipient_id=neighbour.pk, verb="match_question", description="Is this Rusty?", dedupe_key="x")
    with pytest.raises(StoryFailed, match="the neighbour was told"):
        story.look_alike_is_quiet()
