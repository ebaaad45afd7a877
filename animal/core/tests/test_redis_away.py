"""With Redis away each process counts for itself: limits stay limits, and nothing becomes an error."""

from __future__ import annotations

import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
import redis
from django.core.cache import cache, caches
from rest_framework.test import APIClient

from animal.core import caches as our_caches
from animal.core.cache_settings import REDIS_OPTIONS
from animal.ops.tests.silence import silent_service

pytestmark = [pytest.mark.django_db, pytest.mark.urls("animal.core.tests.routes")]


def redis_at(place: str) -> dict[str, Any]:
    # Each test has a name of its own, and so a stand-in of its own.
    location = f"redis://{place}/0?client_name={uuid4().hex}"
    return {
        "default": {
            "BACKEND": "animal.core.caches.CountedRedisCache",
            "LOCATION": location,
            "OPTIONS": {**REDIS_OPTIONS, "socket_timeout": 0.2, "protocol": 2},
        }
    }


def test_passers_by_still_have_sixty_requests_a_minute(settings: Any) -> None:
    settings.CACHES = redis_at("127.0.0.1:1")
    client = APIClient()
    assert [client.get("/api/tests/open/").status_code for _ in range(61)] == [200] * 60 + [429]


class Refusing(socketserver.StreamRequestHandler):
    """A Redis that greets and then answers every command with `error`."""

    error = b""

    def handle(self) -> None:
        while head := self.rfile.readline():
            words = [self.rfile.read(int(self.rfile.readline()[1:]) + 2)[:-2] for _ in range(int(head[1:]))]
            greeting = words[0].upper() in (b"CLIENT", b"SELECT")
            self.wfile.write(b"+OK\r\n" if greeting else b"-" + self.error + b"\r\n")


@contextmanager
def refusing_redis(error: bytes) -> Iterator[str]:
    handler = type("Handler", (Refusing,), {"error": error})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads, server.block_on_close = True, False
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield "{}:{}".format(*server.server_address)
        server.shutdown()


@pytest.mark.parametrize(
    "error",
    [
        b"READONLY You can't write against a read only replica.",
        b"OOM command not allowed when used memory > 'maxmemory'.",
        b"MISCONF Redis is configured to save RDB snapshots, but it is unable to persist to disk.",
    ],
)
def test_a_redis_that_refuses_is_as_good_as_away(settings: Any, error: bytes, caplog: Any) -> None:
    with refusing_redis(error) as place:
        settings.CACHES = redis_at(place)
        client = APIClient()
        assert [client.get("/api/tests/open/").status_code for _ in range(61)] == [200] * 60 + [429]
    assert "this process counts for itself" in caplog.text


def test_a_redis_that_hangs_is_waited_for_once(settings: Any) -> None:
    with silent_service() as place:
        settings.CACHES = redis_at(place)
        started = time.monotonic()
        assert [APIClient().get("/api/tests/open/").status_code for _ in range(5)] == [200] * 5
        assert time.monotonic() - started < 2


def test_every_operation_has_its_stand_in(settings: Any) -> None:
    settings.CACHES = redis_at("127.0.0.1:1")
    cache.set("a", 1)
    assert (cache.add("a", 2), cache.incr("a"), cache.get("a"), cache.has_key("a")) == (False, 2, 2, True)
    cache.set_many({"b": 3, "c": 4})
    assert (cache.get_many(["b", "c", "d"]), cache.touch("b")) == ({"b": 3, "c": 4}, True)
    cache.delete("a")
    cache.delete_many(["b"])
    assert cache.get_many(["a", "b", "c"]) == {"c": 4}
    cache.clear()
    assert cache.get("c") is None


def test_the_health_check_looks_at_redis_itself(settings: Any) -> None:
    settings.CACHES = redis_at("127.0.0.1:1")
    cache.set("a", 1)
    with pytest.raises(redis.ConnectionError):
        caches["default"].look()


def test_after_a_while_it_is_asked_again(settings: Any, monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    settings.CACHES = redis_at("127.0.0.1:1")
    cache.set("a", 1)
    cache.set("b", 1)
    assert len(caplog.records) == 1, "one line for one outage"
    monkeypatch.setattr(our_caches, "LEFT_ALONE_SECONDS", 0.0)
    our_caches._left_alone.clear()
    cache.set("a", 1)
    cache.set("b", 1)
    assert len(caplog.records) == 3
