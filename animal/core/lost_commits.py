"""What became of a COMMIT whose answer did not come. See `outcome`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

from animal.core.connections import DATABASE_AWAY, connections_renew, left_behind_ended, settling_until
from animal.core.scope import current_scope

# From when a request has come: after that it begins to wait for nothing more, but for one look at what became of its
# COMMIT. What it waits for then takes two seconds at most; on a busy machine a good deal more. Nobody is to wait for
# more than ten.
ANSWER_SECONDS = 6.0
LAST_LOOK_SECONDS = 1.0
PAUSE_SECONDS = 0.25
# Nothing depends on what is cleared up: what stays is found later.
CLEAR_UP_SECONDS = 1.0

Found = TypeVar("Found")


def answer_due() -> float:
    """Until when the request at hand may wait, by the monotonic clock; outside of one, that long from now on."""
    scope = current_scope()
    return (scope.begun if scope else time.monotonic()) + ANSWER_SECONDS


def look_due() -> float:
    """Until when the request at hand may look for what became of its COMMIT: for a moment at least, and once where
    nothing answers."""
    scope = current_scope()
    due, at_least = answer_due(), time.monotonic() + LAST_LOOK_SECONDS
    if scope is None:
        return max(due, at_least)
    if scope.looks_until is None:
        scope.looks_until = max(due, at_least)
    return scope.looks_until


@contextmanager
def clearing_up() -> Iterator[None]:
    """For what is deleted after a failure: on a connection that does not wait for long, since a server that has just
    not come to the end of a COMMIT may not do so now either."""
    with _answered_by(time.monotonic() + CLEAR_UP_SECONDS):
        connections_renew()
        yield


@contextmanager
def _answered_by(until: float) -> Iterator[None]:
    """Connections that are opened meanwhile wait for a second at a time, and begin nothing after that."""
    token = settling_until.set(until)
    try:
        yield
    finally:
        settling_until.reset(token)


def outcome(look: Callable[[], Found | None], *, until: float) -> tuple[Found | None, bool]:
    """What `look` finds, None for nothing; and whether that is the last word.

    A connection that was given up may still be committing at the server. So it is ended there first, and what `look`
    does not find is not there only once it is gone. Where the server does not say, or cannot be asked, this goes on
    until `until`, and looks once at least.
    """
    while True:
        with _answered_by(until):
            connections_renew()
            with suppress(*DATABASE_AWAY):
                ended = left_behind_ended()
                found = look()
                if found is not None or ended:
                    if (scope := current_scope()) is not None:
                        scope.looks_until = None  # It answers: who looks next has a moment, too.
                    return found, True
        if time.monotonic() >= until:
            return None, False
        time.sleep(PAUSE_SECONDS)
