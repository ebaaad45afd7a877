"""A service of real processes, over a fresh SQLite file."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from animal.conftest import make_actor
from animal.core.tests.templates import template_folder
from animal.images.models import Image
from animal.images.services import image_store
from animal.ops.tests.processes import House


@pytest.fixture(scope="session", autouse=True)
def interrupts_reach_what_is_started() -> None:
    """A shell starts what runs in its background with SIGINT ignored, and so would be all that the tests start."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def migrated_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    def migrated(folder: Path) -> None:
        House(folder).manage("migrate", "--noinput")
        House(folder).manage("collectstatic", "--noinput")

    return template_folder(tmp_path_factory, "migrated", migrated)


@pytest.fixture
def house(tmp_path: Path, migrated_folder: Path) -> Iterator[House]:
    # A lease ends 1 s after the time a task may take, so that these tests need not wait for long.
    house = House(tmp_path, TASK_TIMEOUT_SECONDS="10", TASK_LEASE_SECONDS="11")
    shutil.copytree(migrated_folder, tmp_path, dirs_exist_ok=True)
    yield house
    house.clean_up()


@pytest.fixture
def sets(settings: Any, tmp_path: Path) -> Path:
    """The folder that backups go to; the pictures lie beside it."""
    folder = tmp_path / "sets"
    on_disk = {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    settings.VAR_DIR = tmp_path / "var"
    settings.BACKUPS_IN = str(folder)
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {**on_disk, "OPTIONS": {"location": tmp_path / "media"}},
        "backups": {**on_disk, "OPTIONS": {"location": folder}},
    }
    return folder


@pytest.fixture
def photo(sets: Path, picture: Any) -> Image:
    owner = make_actor("owner")
    return image_store(upload=picture(), uploader=owner.user, source="pet")
