"""Background work of the operation itself."""

from __future__ import annotations

import logging
import subprocess
import sys

from django.conf import settings
from django.utils import timezone
from django_q.tasks import async_task

from animal.ops import missing_assets
from animal.ops.retention import retention_step

logger = logging.getLogger(__name__)


def backup_start() -> None:
    """Daily: make a backup."""
    if settings.BACKUPS_IN:
        _start("backup", "--label", "daily", "--quiet")


def orphan_files_start() -> None:
    """Weekly: delete files that no row names, and note rows whose files are gone."""
    _start("orphan_files", "--delete", "--quiet")


def retention_apply() -> int:
    """Daily: forget what its retention period is over for; returns how much."""
    forgotten, more = retention_step(timezone.now())
    if more:
        async_task(retention_apply, task_name="retention")
    return sum(forgotten.values())


def missing_assets_process() -> int:
    """Every ten minutes: have read what nobody asked to be read, and derive what is not there; returns how much."""
    found = missing_assets.missing_assets_process()
    if found.lost:
        logger.error("%s pictures of the last day have lost their file", found.lost)
    return found.queued + found.derived


def _start(*arguments: str) -> None:
    """A command in a process of its own, which outlives this task: a task has 15 s, and a worker that stops meanwhile
    does not cut it short."""
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]
    subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603
    logger.info("%s has been started", arguments[0])
