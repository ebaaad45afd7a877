"""How long anybody waits for Redis."""

from __future__ import annotations

from typing import Any

# Seconds. A request asks the cache a handful of times, and whoever sent it waits.
REDIS_TIMEOUT = 1.0
REDIS_OPTIONS: dict[str, Any] = {
    "socket_connect_timeout": REDIS_TIMEOUT,
    "socket_timeout": REDIS_TIMEOUT,
    # A connection that lay idle for longer is asked whether it is still there.
    "health_check_interval": 30,
}
