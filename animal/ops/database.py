"""Whether the database answers, and whether its tables are those of this release."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

POLL_SECONDS = 0.5
_migrated_once = False


def database_answers() -> None:
    """Raise DatabaseError unless the database runs a query now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()


def migrations_applied() -> bool:
    """True when no migration of this release is missing. A yes is kept: tables are not taken back under a server."""
    global _migrated_once
    if not _migrated_once:
        executor = MigrationExecutor(connection)
        _migrated_once = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _migrated_once


def database_wait(*, timeout: float, on_wait: Callable[[DatabaseError], None]) -> bool:
    """Wait up to `timeout` seconds for the database to answer. Calls `on_wait` once, at the first failure."""
    deadline, told = time.monotonic() + timeout, False
    while True:
        try:
            database_answers()
        except DatabaseError as error:
            connection.close()
            if not told:
                on_wait(error)
                told = True
            if time.monotonic() >= deadline:
                return False
            time.sleep(POLL_SECONDS)
        else:
            return True
