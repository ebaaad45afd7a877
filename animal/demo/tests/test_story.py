"""The whole story over real HTTP: it holds with our recognition, and with none that recognises nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from animal.core.tests.worker import work_off

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
