from __future__ import annotations

from collections.abc import Iterator

import pytest
import pytest_django
from django.core.cache import cache
from django.db import transaction
from django.test import override_settings

from accounts.tests.test_google import CLIENT_ID, Google
from animal.core.tests.access_matrix.check import Rows, everything_stored
from animal.core.tests.access_matrix.world import World, world_build
from animal.core.tests.bad_input.calls import FORWARD_SECRET


@pytest.fixture(scope="module")
def standing(
    django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[World, Rows]]:
    """The world, and every row of it. Built once: each cell runs in a savepoint of its own and is undone.

    It has a folder of its own for pictures: it is listed often, and that of all tests fills up.
    """
    own_folder = override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("media"))
    with own_folder, django_db_blocker.unblock(), transaction.atomic():
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
