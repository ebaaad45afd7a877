"""Qdrant as it is on a bad day, on a real socket: how long we wait, what answers in its place, what is made good."""

from __future__ import annotations

import socket
import struct
import threading
import time
import warnings
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command
from django.db import connection
from qdrant_client import QdrantClient

from animal.core.models import BackgroundTask
from animal.core.tests.test_outages import let_time_pass
from animal.core.tests.worker import work_off
from animal.recognition.errors import IndexUnavailable
from animal.recognition.index import Hit, SearchQuery, qdrant_connection
from animal.recognition.index.exact import ExactIndex
from animal.recognition.index.fallback import FallbackIndex
from animal.recognition.index.qdrant import QdrantIndex
from animal.recognition.index.qdrant_connection import REST_SECONDS, Connection
from animal.recognition.services import INDEX_TASK, gallery_remove, gallery_update
from animal.recognition.tests.gallery import VERSION, put, unit

pytestmark = pytest.mark.django_db
# In place of the 3 s of a search and the 6 s of a write, so that these tests are short.
SECONDS = 0.4
Misdeed = Callable[["Handler"], None]


class Server(ThreadingHTTPServer):
    """Does the same misdeed at every request."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.misdeed: Misdeed = hang
        self.requests = 0
        self.over = threading.Event()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are what these tests are about."""


class Handler(BaseHTTPRequestHandler):
    server: Server

    def _serve(self) -> None:
        self.server.requests += 1
        self.rfile.read(int(self.headers.get("content-length") or 0))
        self.server.misdeed(self)

    do_GET = do_PUT = do_POST = do_DELETE = _serve  # noqa: N815 (the base class calls them so)

    def log_message(self, *args: object) -> None:
        """Quiet."""

    def send(self, status: int, kind: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def hang(handler: Handler) -> None:
    handler.server.over.wait(20)


def reset(handler: Handler) -> None:
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.close_connection = True
    handler.connection.close()


def reset_in_the_answer(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{")
    handler.wfile.flush()
    reset(handler)


def say_500(handler: Handler) -> None:
    handler.send(500, "application/json", b'{"status": {"error": "Service internal error"}, "time": 0}')


def say_401(handler: Handler) -> None:
    handler.send(401, "text/plain", b"Must provide an API key or an Authorization bearer token")


def say_429(handler: Handler) -> None:
    handler.send(429, "text/plain", b"slow down")


def answer_html(handler: Handler) -> None:
    handler.send(200, "text/html", b"<html><h1>Welcome to the proxy</h1></html>")


def answer_nonsense(handler: Handler) -> None:
    handler.send(200, "application/json", b'{"result": 7, "status": "ok", "time": 0}')


def answer_nothing(handler: Handler) -> None:
    handler.send(200, "application/json", b'{"result": null, "status": "ok", "time": 0}')


def trickle_the_head(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
    trickle(handler)


def trickle_the_body(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n")
    trickle(handler)


def trickle(handler: Handler) -> None:
    while not handler.server.over.wait(0.05):
        handler.wfile.write(b" ")
        handler.wfile.flush()


def answer_empty(handler: Handler) -> None:
    """Right, to whatever a search asks: the collection exists, and holds nothing."""
    handler.send(200, "application/json", b'{"result": {"exists": true, "groups": []}, "status": "ok", "time": 0}')


def say_400(handler: Handler) -> None:
    handler.send(400, "application/json", b'{"status": {"error": "Wrong input: Vector dimension error"}, "time": 0}')


MISDEEDS = [
    hang, reset, reset_in_the_answer, say_500, say_401, say_429, answer_html, answer_nonsense, answer_nothing,
    trickle_the_head, trickle_the_body,
]  # fmt: skip


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.over.set()
        server.shutdown()


@pytest.fixture
def address(server: Server, settings) -> str:
    settings.QDRANT_CLUSTER_ENDPOINT = f"http://127.0.0.1:{server.server_port}"
    return settings.QDRANT_CLUSTER_ENDPOINT


def an_index(connection: Connection | None = None, *, seconds: float = 10.0) -> QdrantIndex:
    connection = connection or Connection()
    return QdrantIndex(lambda: VERSION, lambda: connection, seconds=seconds)


def query(vectors: np.ndarray, **changes: Any) -> SearchQuery:
    return SearchQuery(**{"vectors": vectors, "kinds": ["pet", "report"], "limit": 5, **changes})


def seconds_of(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


@pytest.mark.parametrize("misdeed", MISDEEDS)
def test_a_search_is_over_in_time_whatever_qdrant_does_and_the_next_one_does_not_ask(
    server: Server, address: str, rng, misdeed: Misdeed
) -> None:
    server.misdeed = misdeed
    index = an_index(seconds=SECONDS)

    def search() -> None:
        with pytest.raises(IndexUnavailable, match="Qdrant d"):
            index.search(query(unit(rng)))

    assert seconds_of(search) < SECONDS + 1.0
    asked = server.requests
    assert seconds_of(search) < 0.2
    assert server.requests == asked


def test_a_search_of_many_slow_answers_is_over_in_time(server: Server, address: str, rng) -> None:
    def slowly(handler: Handler) -> None:
        handler.server.over.wait(SECONDS / 3)
        answer_empty(handler)

    server.misdeed = slowly
    index = an_index(seconds=SECONDS)

    def search() -> None:
        with pytest.raises(IndexUnavailable, match="Qdrant d"):
            index.search(query(unit(rng, 8)))

    assert seconds_of(search) < SECONDS + 1.0


def test_a_connection_that_breaks_once_is_tried_again_at_once(server: Server, address: str, rng) -> None:
    def once(handler: Handler) -> None:
        server.misdeed = answer_empty
        reset(handler)

    server.misdeed = once
    assert an_index().search(query(unit(rng))) == []


def test_after_a_rest_one_question_tries_whether_qdrant_is_back(server: Server, address: str, rng) -> None:
    now = [1000.0]
    index = an_index(Connection(clock=lambda: now[0]))
    server.misdeed = say_500
    for passed, asked in ((0.0, 1), (REST_SECONDS - 1, 1), (2.0, 2), (1.0, 2)):
        now[0] += passed
        with pytest.raises(IndexUnavailable):
            index.search(query(unit(rng)))
        assert server.requests == asked
    now[0] += REST_SECONDS
    server.misdeed = answer_empty
    assert index.search(query(unit(rng))) == []


def test_a_question_that_is_refused_does_not_keep_others_from_being_asked(server: Server, address: str, rng) -> None:
    server.misdeed = say_400
    index = an_index()
    with pytest.raises(IndexUnavailable, match="400"):
        index.search(query(unit(rng)))
    server.misdeed = answer_empty
    assert index.search(query(unit(rng))) == []


class Scripted:
    """An index that is there or is not."""

    def __init__(self) -> None:
        self.is_away = True

    def search(self, query: SearchQuery) -> list[Hit]:
        if self.is_away:
            raise IndexUnavailable("away")
        return [Hit("pet", 1, 1.0)]


def test_the_databases_vectors_answer_while_qdrant_is_away_and_their_memory_is_given_back(rng) -> None:
    put("pet", 5, probe := unit(rng))
    qdrant, made = Scripted(), []

    def exact() -> ExactIndex:
        made.append(weakref.ref(index := ExactIndex(lambda: VERSION)))
        return index

    index = FallbackIndex(qdrant, exact)
    for _ in range(2):
        assert [hit.object_id for hit in index.search(query(probe))] == [5]
    assert len(made) == 1
    qdrant.is_away = False
    assert [hit.object_id for hit in index.search(query(probe))] == [1]
    assert made[0]() is None


@pytest.mark.django_db(transaction=True)
def test_threads_that_miss_qdrant_at_once_share_one_index_in_its_place(rng) -> None:
    put("pet", 5, probe := unit(rng))
    both_ask, made = threading.Barrier(2), []

    def exact() -> ExactIndex:
        with suppress(threading.BrokenBarrierError):
            both_ask.wait(0.3)  # The other one, if it were let in.
        made.append(index := ExactIndex(lambda: VERSION))
        return index

    def search(_: int) -> list[int]:
        try:
            return [hit.object_id for hit in index.search(query(probe))]
        finally:
            connection.close()

    index = FallbackIndex(Scripted(), exact)
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(search, range(2))) == [[5], [5]]
    assert len(made) == 1


def test_a_gallery_too_large_for_memory_waits_for_qdrant(rng, monkeypatch) -> None:
    put("pet", 5, probe := unit(rng, 3))
    monkeypatch.setattr("animal.recognition.index.fallback.MAX_VECTORS", 3)
    index = FallbackIndex(Scripted(), lambda: ExactIndex(lambda: VERSION))
    assert len(index.search(query(probe))) == 1
    put("report", 5, unit(rng))
    with pytest.raises(IndexUnavailable, match="away"):
        index.search(query(probe))


@pytest.mark.parametrize("misdeed", [hang, reset, say_500, answer_html])
def test_changes_wait_for_qdrant_and_it_knows_them_all_afterwards(
    server: Server, address: str, rng, misdeed: Misdeed, monkeypatch
) -> None:
    server.misdeed = misdeed
    monkeypatch.setattr("animal.recognition.tasks.default_connection", lambda: Connection(seconds=SECONDS))
    put("pet", 1, unit(rng, 2))
    put("pet", 2, unit(rng))
    put("report", 3, unit(rng))
    gallery_update(kind="pet", object_id=1, side="found")
    gallery_remove(kind="pet", object_id=2)
    assert seconds_of(work_off) < 3 * (SECONDS + 1.0)
    tasks = BackgroundTask.objects.filter(name=INDEX_TASK)
    assert {(task.state, task.failures) for task in tasks} == {("pending", 0)}
    assert all("Qdrant" in task.error for task in tasks)
    client = QdrantClient(":memory:")
    monkeypatch.setattr(qdrant_connection, "connect", lambda: client)
    let_time_pass(minutes=5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # It says that payload indexes do nothing in memory.
        work_off()
        assert not tasks.exclude(state="done").exists()
        call_command("sync_qdrant", "--check")
    assert client.count("pawgle_pets").count == 2
    assert client.count("pawgle_reports").count == 1


def test_what_leaves_qdrant_unsaid_names_neither_key_nor_person(server: Server, address: str, rng, settings) -> None:
    settings.QDRANT_API_KEY = "the-key-of-the-cluster"
    server.misdeed = say_401
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # The key goes over plain HTTP here.
        with pytest.raises(IndexUnavailable) as failed:
            an_index().search(query(unit(rng)))
    assert "the-key" not in str(failed.value)
