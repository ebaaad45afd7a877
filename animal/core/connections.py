"""Connections to the database that were cut while nobody used them, or under a statement."""

from __future__ import annotations

from django.db import connections


def connections_refresh() -> None:
    """Close those that do not work any more; the next statement opens another one. Within a transaction nothing is
    closed: it is lost, and must be seen to be."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
