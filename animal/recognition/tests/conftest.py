"""The index under test: both engines, Qdrant with and without what waits to be told to it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from qdrant_client import QdrantClient

from animal.core.tests.worker import work_off
from animal.recognition.index import Index, qdrant_connection
from animal.recognition.index.exact import ExactIndex
from animal.recognition.index.qdrant import QdrantIndex
from animal.recognition.tests.gallery import VERSION


@dataclass
class Engine:
    index: Index
    settle: Callable[[], object]
    """Lets background work come to an end, where the variant under test does so."""


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


@pytest.fixture(params=["exact", "qdrant", "qdrant that knows nothing yet"])
def engine(request) -> Engine:
    if request.param == "exact":
        return Engine(ExactIndex(lambda: VERSION), lambda: None)
    request.getfixturevalue("qdrant")
    return Engine(QdrantIndex(lambda: VERSION), work_off if request.param == "qdrant" else lambda: None)
