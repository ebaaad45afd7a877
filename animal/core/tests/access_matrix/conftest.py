from __future__ import annotations

from collections.abc import Iterator

import pytest
import pytest_django
from django.core.cache import cache
from django.db import transaction

from accounts.tests.test_google import CLIENT_ID, Google
from animal.core.tests.access_matrix.check import Rows, everything_stored
from animal.core.tests.access_matrix.world import World, world_build
from animal.core.tests.bad_input.calls import FORWARD_SECRET
from animal.images.tests.stored import kept_on_disk, own_store


@pytest.fixture(scope="module")
def standing(
    django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[World, Rows]]:
    """The world, and every row of it. Built once: each cell runs in a savepoint of its own and is undone.

    Its pictures lie in a folder of its own, also in the service lane: they are listed often, and it is our own route
    that is asked who may see one.
    """
    folder = tmp_path_factory.mktemp("media")
    with kept_on_disk(), own_store(folder), django_db_blocker.unblock(), transaction.atomic():
        cache.clear()
        world = world_build()
        yield world, everything_stored()
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def google() -> Iterator[Google]:
    server = Google()
    yield server
    server.server.shutdown()
    server.server.server_close()


@pytest.fixture
def world(
    standing: tuple[World, Rows], db: None, google: Google, settings: pytest_django.fixtures.SettingsWrapper
) -> World:
    settings.GOOGLE_OAUTH_CLIENT_ID, settings.GOOGLE_KEYS_URL = CLIENT_ID, google.url
    settings.FORWARD_REPLY_SECRET = FORWARD_SECRET  # Without it, everything is refused for that.
    return standing[0]


@pytest.fixture
def stored(standing: tuple[World, Rows]) -> Rows:
    return standing[1]
