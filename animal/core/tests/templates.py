"""A folder that takes long to make is made once in a run, by whichever of its processes first asks for it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import pytest


def template_folder(tmp_path_factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """For copying. `make` is given an empty folder; the other processes of pytest-xdist wait for it."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder, draft = shared / name, shared / f"{name}.draft"
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            draft.mkdir()  # What an earlier one left half made is an error of its own.
            make(draft)
            draft.rename(folder)
    return folder
