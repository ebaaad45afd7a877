"""Django's caches, counted."""

from __future__ import annotations

from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache

from animal.core.metrics import CACHE_OPERATIONS

_NOTHING = object()


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
    pass


class CountedRedisCache(_Counted, RedisCache):
    pass
