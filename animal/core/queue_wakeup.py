"""Q_BROKER=redis: word through Redis that there is work, so that workers need not look for it all the time.

The queue is in the database as ever. What goes through Redis says "look now" and nothing else, and may be lost: a
worker that hears nothing looks once a second. While Redis is away, it looks as often as without.
"""

from __future__ import annotations

import functools
import hashlib
import logging
import time
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection, transaction

from animal.core.cache_settings import REDIS_OPTIONS, REDIS_TIMEOUT

if TYPE_CHECKING:
    from redis import Redis

logger = logging.getLogger(__name__)

# More words than that wait for nobody: whoever is busy looks for itself when it is done.
KEPT = 16
# Also for how long a task that was put off may come late.
LISTEN_SECONDS = 1.0
POLL_SECONDS = 0.1
LEFT_ALONE_SECONDS = 5.0

_left_alone_until = 0.0


def wakeup_key() -> str:
    """Of this installation: others may use the same Redis, and have a database of their own."""
    queue = connection.settings_dict
    place = f"{queue['HOST']}:{queue['PORT']}/{queue['NAME']}"
    return f"pawgle:wake-up:{hashlib.sha256(place.encode()).hexdigest()[:12]}"


def wakeup_after_commit() -> None:
    """Tell one worker, once the caller's transaction is committed. Never raises, and costs a second at most."""
    transaction.on_commit(wakeup_send)


def wakeup_send() -> None:
    from redis import RedisError

    if time.monotonic() < _left_alone_until:
        return
    try:
        with _client(settings.REDIS_URL, REDIS_TIMEOUT).pipeline(transaction=False) as both:
            both.rpush(wakeup_key(), "1")
            both.ltrim(wakeup_key(), -KEPT, -1)
            both.execute()
    except RedisError as error:
        _leave_alone(error)


def wakeup_wait() -> None:
    """Until there is word, or it is time to look all the same."""
    from redis import RedisError

    if time.monotonic() >= _left_alone_until:
        try:
            _client(settings.REDIS_URL, LISTEN_SECONDS + REDIS_TIMEOUT).blpop([wakeup_key()], timeout=LISTEN_SECONDS)
            return
        except RedisError as error:
            _leave_alone(error)
    time.sleep(POLL_SECONDS)


def _leave_alone(error: Exception) -> None:
    global _left_alone_until
    _left_alone_until = time.monotonic() + LEFT_ALONE_SECONDS
    logger.warning("Redis passes no word on (%s): workers look for work themselves.", type(error).__name__)


@functools.cache
def _client(url: str, answer_seconds: float) -> Redis:
    from redis import Redis

    return Redis.from_url(url, **{**REDIS_OPTIONS, "socket_timeout": answer_seconds})
