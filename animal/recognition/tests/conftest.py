"""The index under test: both engines. Qdrant as qdrant-client's own engine, as a server that is asked over HTTP (in the
service lane), with what waits to be told to it, and while it is away."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from qdrant_client import QdrantClient

from animal.core.tests.worker import work_off
from animal.recognition.index import Index, qdrant_connection, scan
from animal.recognition.index.exact import ExactIndex
from animal.recognition.index.fallback import FallbackIndex
from animal.recognition.index.qdrant import QdrantIndex
from animal.recognition.index.qdrant_sync import upload
from animal.recognition.models import GalleryEntry
from animal.recognition.tests.gallery import VERSION
from animal.recognition.tests.qdrant_process import QdrantServer, qdrant_server_started
from animal.recognition.tests.remembered import networks_run_anew


@dataclass
class Engine:
    index: Index
    settle: Callable[[], object]
    """Lets background work come to an end, where the variant under test does so."""


@pytest.fixture(scope="module", autouse=True)
def _networks_run() -> Iterator[None]:
    """Here they are what is tested."""
    with networks_run_anew():
        yield


@pytest.fixture
def qdrant(settings, monkeypatch) -> Iterator[QdrantClient]:
    """qdrant-client's own in-memory engine in the place of a cluster."""
    client = QdrantClient(":memory:")
    settings.QDRANT_CLUSTER_ENDPOINT = "http://qdrant.test:6333"
    monkeypatch.setattr(qdrant_connection, "connect", lambda: client)
    qdrant_connection.default_connection.cache_clear()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # It says that payload indexes do nothing in memory.
        yield client
    qdrant_connection.default_connection.cache_clear()
    client.close()


@pytest.fixture(scope="session")
def qdrant_server() -> Iterator[QdrantServer]:
    with qdrant_server_started() as server:
        yield server


@pytest.fixture
def qdrant_over_http(qdrant_server: QdrantServer, settings) -> Iterator[QdrantClient]:
    """A server without collections, for the service as it is."""
    client = QdrantClient(url=qdrant_server.url, check_compatibility=False)
    for name in (settings.QDRANT_PETS_COLLECTION, settings.QDRANT_REPORTS_COLLECTION):
        client.delete_collection(name)
    settings.QDRANT_CLUSTER_ENDPOINT = qdrant_server.url
    qdrant_connection.default_connection.cache_clear()
    yield client
    qdrant_connection.default_connection.cache_clear()
    client.close()


ENGINES = [
    "exact",
    "exact that rules out by codes",
    "qdrant",
    "qdrant that knows nothing yet",
    "qdrant that is away",
    pytest.param("qdrant over HTTP", marks=pytest.mark.stack),
]


@pytest.fixture(params=ENGINES)
def engine(request, settings) -> Iterator[Engine]:
    if request.param.startswith("exact"):
        if "codes" in request.param:
            request.getfixturevalue("monkeypatch").setattr(scan, "STRAIGHT_ROWS", 0)
        yield Engine(ExactIndex(lambda: VERSION), lambda: None)
        return
    if request.param == "qdrant that is away":
        settings.QDRANT_CLUSTER_ENDPOINT = "http://127.0.0.1:9"  # Nobody listens on the discard port.
        qdrant_connection.default_connection.cache_clear()
        yield Engine(FallbackIndex(QdrantIndex(lambda: VERSION), lambda: ExactIndex(lambda: VERSION)), lambda: None)
        qdrant_connection.default_connection.cache_clear()
        return
    request.getfixturevalue("qdrant_over_http" if request.param == "qdrant over HTTP" else "qdrant")
    collections_make()
    yield Engine(QdrantIndex(lambda: VERSION), (lambda: None) if "knows nothing" in request.param else work_off)


def collections_make() -> None:
    for kind in GalleryEntry.Kind:
        list(upload(qdrant_connection.default_connection(), kind, 100))
