"""What gunicorn is told beside numbers."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from gunicorn.config import Config

from animal.ops import gunicorn_conf


@pytest.fixture
def thawed() -> Iterator[None]:
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("thawed")
def test_the_collector_passes_over_what_a_web_process_loaded_at_its_start() -> None:
    config = Config()
    config.set("post_worker_init", gunicorn_conf.post_worker_init)
    before = gc.get_freeze_count()
    config.post_worker_init(None)
    assert gc.get_freeze_count() > before + 10_000
