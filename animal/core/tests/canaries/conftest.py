from __future__ import annotations

import logging
import logging.config
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import pytest_django
from django.conf import settings as django_settings
from django.core import mail
from django.db import transaction
from qdrant_client import QdrantClient

from animal.core.observation_settings import FORMATS
from animal.core.tests.canaries.pictures import BY_COLOUR
from animal.core.tests.canaries.story import FORWARD_SECRET, world_build
from animal.core.tests.canaries.world import World
from animal.images.tests.stored import kept_on_disk
from animal.recognition.index import qdrant_connection
from animal.recognition.tests.conftest import collections_make


class Lines(logging.Handler):
    """What a console and a collector of JSON would have been written, at every level."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        configuration = logging.config.DictConfigurator(django_settings.LOGGING)
        self.formatters = [configuration.configure_formatter(dict(shape)) for shape in FORMATS.values()]
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines += [formatter.format(record) for formatter in self.formatters]


@pytest.fixture(scope="module")
def standing_log() -> Iterator[Lines]:
    """Everything that is logged while the world is built and crawled, debugging included."""
    lines, root = Lines(), logging.getLogger()
    before = root.level
    root.addHandler(lines)
    root.setLevel(logging.DEBUG)
    yield lines
    root.removeHandler(lines)
    root.setLevel(before)


@pytest.fixture(scope="module")
def standing_world(
    django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker, standing_log: Lines
) -> Iterator[World]:
    """Built once: every test runs in a savepoint of its own and finds it as it was built."""
    # On disk, for only what we serve ourselves can be crawled.
    with kept_on_disk(), pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock(), transaction.atomic():
        patch.setattr(django_settings, "EMBEDDING_PROVIDER", BY_COLOUR)
        patch.setattr(django_settings, "REPLIES_EMAIL", "replies@pawgle.example")
        patch.setattr(django_settings, "FORWARD_REPLY_SECRET", FORWARD_SECRET)
        mail.outbox = []  # It is emptied for each test, which comes later: what the last one on this worker sent.
        yield world_build()
        transaction.set_rollback(True)


@pytest.fixture
def world(standing_world: World, db: None) -> World:
    standing_world.watch.findings.clear()
    standing_world.watch.displaced.clear()
    return standing_world


class QdrantRecorder:
    """qdrant-client's own in-memory engine in the place of a cluster, and what it was asked."""

    def __init__(self) -> None:
        self.client = QdrantClient(":memory:")
        self.questions: list[str] = []

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.client, name)

        def asked(*args: Any, **kwargs: Any) -> Any:
            # Vectors of photos are what it is for, so they are left out.
            said = {key: value for key, value in kwargs.items() if key != "query"}
            self.questions.append(f"{name} {args if name != 'upsert' else ''} {said}")
            return method(*args, **kwargs)

        return asked

    def points(self) -> list[Any]:
        names = (django_settings.QDRANT_PETS_COLLECTION, django_settings.QDRANT_REPORTS_COLLECTION)
        return [point for name in names for point in self.client.scroll(name, limit=1000)[0]]


@pytest.fixture
def qdrant(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[QdrantRecorder]:
    recorder = QdrantRecorder()
    settings.QDRANT_CLUSTER_ENDPOINT = "http://qdrant.test:6333"
    monkeypatch.setattr(qdrant_connection, "connect", lambda: recorder)
    qdrant_connection.default_connection.cache_clear()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # It says that payload indexes do nothing in memory.
        collections_make()
        yield recorder
    qdrant_connection.default_connection.cache_clear()
    recorder.client.close()
