"""Connections to the database that were cut while nobody used them, or under a statement, and those that hang."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connections

from animal.core.database_settings import CONNECT_SECONDS, server_limits

# What a database says while it is locked, full or away, or once it has cut the connection; nothing was written then.
DATABASE_AWAY = (OperationalError, InterfaceError)

T = TypeVar("T")

# Set while a request asks what became of its COMMIT: until when it asks.
settling_until: ContextVar[float | None] = ContextVar("settling_until", default=None)


def connections_refresh() -> None:
    """Close those that do not work any more; the next statement opens another one. Within a transaction nothing is
    closed: it is lost, and must be seen to be."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()


def once_more_if_cut(step: Callable[..., T], *arguments: object) -> T:
    """What `step` returns. A connection may have been cut while nobody used it, or under a statement: then it is done
    once more, on another one where this one does not work any more."""
    try:
        return step(*arguments)
    except DATABASE_AWAY:
        connections_refresh()
        return step(*arguments)


def connections_renew() -> None:
    """Close those to a server, whether they work or not: the next one has the limits of the moment."""
    for connection in connections.all(initialized_only=True):
        if connection.vendor != "sqlite" and not connection.in_atomic_block:
            connection.close()


def left_behind_ended() -> bool:
    """Whether nothing that this thread sent to a server and had no answer to is at work there any more."""
    asked = [getattr(connection, "left_behind_ended", None) for connection in connections.all(initialized_only=True)]
    return all(ended() for ended in asked if ended is not None)


def connections_limit_waiting(seconds: int, *, in_all: int | None = None) -> None:
    """From now on this process, and those that it forks, wait for an answer of MySQL for so long and no longer.

    With `in_all`, a request does not wait for longer than that for all its answers together, those left out that come
    at once: it asks for no further one, and is given up as if it had been cut.

    A server that takes connections and says nothing would else be waited for without end. What ran into this limit is
    an OperationalError, as from a connection that was cut: whether a COMMIT took effect is then open. A server that
    works, but waits for a lock or takes long, gives up a little earlier, and has then done nothing. SQLite needs none
    of it: it waits for locks only, and says for how long.
    """
    for alias in connections:
        database = connections.settings[alias]
        if database["ENGINE"].endswith("mysql"):
            limits = {"read_timeout": seconds, "write_timeout": seconds}
            database["OPTIONS"] |= {**limits, "init_command": server_limits(seconds)}
            if in_all is not None:
                database["PATIENCE_SECONDS"] = max(in_all - max(seconds, CONNECT_SECONDS), 1)
