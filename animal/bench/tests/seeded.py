"""A service with the demo's animals and people, prepared once in a run, for tests to start copies of."""

from __future__ import annotations

from pathlib import Path

import pytest

from animal.bench.service import local_service
from animal.core.tests.templates import template_folder


def seeded_service(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return template_folder(tmp_path_factory, "seeded-service", _seeded)


def _seeded(folder: Path) -> None:
    with local_service(folder) as service:
        service.manage("seed_test_data", "--work")
