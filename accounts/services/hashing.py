"""Room for everybody else while passwords are hashed: a bulkhead (M. Nygard, Release It!, 2018, chapter 5).

A password hash takes a sixth of a second of processor time, on purpose. Were every thread of the web process at it,
nobody else's request would be answered for seconds. So at most half of the threads work on passwords, those that wait
for their turn included, and half of the cores hash. Whoever comes on top is told to try again in a moment.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext_lazy

from animal.core.errors import ServiceUnavailable

# Of the eight threads of a web process (animal.ops.gunicorn_conf).
SEATS = 4
RETRY_AFTER_SECONDS = 2
SENTENCE = gettext_lazy("Many people are signing in at this moment. Please try again in a few seconds.")

# Per process. Several of them share the cores, and each keeps threads free.
_seats = threading.BoundedSemaphore(SEATS)
_cores = threading.BoundedSemaphore(max(1, (os.cpu_count() or 1) // 2))


@contextmanager
def hashing_seat() -> Iterator[None]:
    """Hold one of the seats. Raises ServiceUnavailable at once when none is free, before anything was counted."""
    if not _seats.acquire(blocking=False):
        raise ServiceUnavailable(SENTENCE, code="busy", retry_after=RETRY_AFTER_SECONDS)
    try:
        yield
    finally:
        _seats.release()


@contextmanager
def hashing_turn() -> Iterator[None]:
    """Wait for a core to hash on. For those who hold a seat."""
    with _cores:
        yield
