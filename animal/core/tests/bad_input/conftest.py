from __future__ import annotations

from collections.abc import Iterator

import pytest
import pytest_django
from django.db import transaction

from animal.core.tests.bad_input.calls import FORWARD_SECRET
from animal.core.tests.bad_input.scene import Scene, scene_build
from animal.images.tests.stored import own_store


@pytest.fixture(scope="module")
def standing_scene(
    django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scene]:
    """Built once: every test runs in a savepoint of its own and is undone, so each finds the scene as it was built.

    It has a store of its own for pictures: it is listed after every refusal, and that of all tests fills up.
    """
    with own_store(tmp_path_factory.mktemp("media")), django_db_blocker.unblock(), transaction.atomic():
        yield scene_build()
        transaction.set_rollback(True)


@pytest.fixture
def scene(standing_scene: Scene, db: None, settings: pytest_django.fixtures.SettingsWrapper) -> Scene:
    settings.GOOGLE_OAUTH_CLIENT_ID = "a-client"  # Without these two, everything is refused for that.
    settings.FORWARD_REPLY_SECRET = FORWARD_SECRET
    return standing_scene
