"""Django's caches, counted; and Redis with a stand-in for as long as it is away."""

from __future__ import annotations

import logging
import time
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache

from animal.core.metrics import CACHE_OPERATIONS

logger = logging.getLogger(__name__)

# Redis that failed is left alone for so long: otherwise every request would wait for it several times over.
LEFT_ALONE_SECONDS = 5.0
STAND_IN_ENTRIES = 50_000
_NOTHING = object()
# By location: until when it is left alone. Django makes a cache object for each thread; this they share.
_left_alone: dict[Any, float] = {}


class _Counted:
    """Counts the calls that our code, Django and DRF make one key at a time."""

    def get(self, key: Any, default: Any = None, version: Any = None) -> Any:
        found = super().get(key, _NOTHING, version)  # type: ignore[misc]
        CACHE_OPERATIONS.inc("get", "false" if found is _NOTHING else "true")
        return default if found is _NOTHING else found

    def set(self, *args: Any, **kwargs: Any) -> Any:
        CACHE_OPERATIONS.inc("set", "")
        return super().set(*args, **kwargs)  # type: ignore[misc]

    def add(self, *args: Any, **kwargs: Any) -> Any:
        CACHE_OPERATIONS.inc("add", "")
        return super().add(*args, **kwargs)  # type: ignore[misc]

    def incr(self, *args: Any, **kwargs: Any) -> Any:
        CACHE_OPERATIONS.inc("incr", "")
        return super().incr(*args, **kwargs)  # type: ignore[misc]

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        CACHE_OPERATIONS.inc("delete", "")
        return super().delete(*args, **kwargs)  # type: ignore[misc]


class CountedLocMemCache(_Counted, LocMemCache):
    def look(self) -> None:
        """For the health check. Memory always answers."""

    def set_for_all(self, key: str, value: Any, seconds: float) -> None:
        self.set(key, value, seconds)

    def delete_for_all(self, key: str) -> None:
        self.delete(key)


class _WithStandIn(RedisCache):
    """While Redis is away, each process counts and remembers for itself, as it does without REDIS_URL.

    So limits go on being limits: they neither vanish, nor does every request become an error.
    """

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._location = server
        self._stand_in = LocMemCache(f"stand-in for {server}", {**params, "OPTIONS": {"MAX_ENTRIES": STAND_IN_ENTRIES}})

    def look(self) -> None:
        """For the health check: Redis itself. Raises what its client raises."""
        self._cache.has_key("health-probe")

    def set_for_all(self, key: str, value: Any, seconds: float) -> None:
        """In Redis itself, for what other processes must see. Raises what its client raises."""
        super().set(key, value, seconds)

    def delete_for_all(self, key: str) -> None:
        """From Redis itself. Raises what its client raises."""
        super().delete(key)

    def _ask(self, name: str, *args: Any, **kwargs: Any) -> Any:
        import redis  # Imported with the first connection: see RedisCacheClient.

        if time.monotonic() >= _left_alone.get(self._location, 0):
            try:
                return getattr(super(), name)(*args, **kwargs)
            except redis.RedisError as error:  # Away, or there and refusing: full, read-only, unable to save.
                _left_alone[self._location] = time.monotonic() + LEFT_ALONE_SECONDS
                logger.warning("Redis does not do as asked (%s): this process counts for itself.", type(error).__name__)
        return getattr(self._stand_in, name)(*args, **kwargs)

    def get(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("get", *args, **kwargs)

    def set(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("set", *args, **kwargs)

    def add(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("add", *args, **kwargs)

    def incr(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("incr", *args, **kwargs)

    def touch(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("touch", *args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("delete", *args, **kwargs)

    def has_key(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("has_key", *args, **kwargs)

    def get_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("get_many", *args, **kwargs)

    def set_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("set_many", *args, **kwargs)

    def delete_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("delete_many", *args, **kwargs)

    def clear(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("clear", *args, **kwargs)


class CountedRedisCache(_Counted, _WithStandIn):
    pass
