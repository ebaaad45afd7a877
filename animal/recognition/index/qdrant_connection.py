"""The connection to Qdrant, its collections, and what its failures mean to us."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.conf import settings

from animal.recognition.errors import IndexUnavailable
from animal.recognition.models import GalleryEntry
from animal.recognition.projection import DIMENSIONS

if TYPE_CHECKING:
    from qdrant_client import QdrantClient

TIMEOUT_SECONDS = 5

# Payload keys that searches filter by, with Qdrant's index types.
PAYLOAD_INDEXES = {
    "object_id": "integer",
    "owner_id": "integer",
    "side": "keyword",
    "species": "keyword",
    "version": "keyword",
    "cell": "keyword",
    "is_test": "bool",
    "is_public": "bool",
    "species_detected": "bool",
    "location": "geo",
}


def connect() -> QdrantClient:
    """A client of the configured cluster; it opens its first connection with the first request."""
    from qdrant_client import QdrantClient  # 60 MB that a process without Qdrant should not carry.

    return QdrantClient(
        url=settings.QDRANT_CLUSTER_ENDPOINT,
        api_key=settings.QDRANT_API_KEY or None,
        timeout=TIMEOUT_SECONDS,
        check_compatibility=False,
    )


def collection_of(kind: str) -> str:
    if kind == GalleryEntry.Kind.PET:
        return settings.QDRANT_PETS_COLLECTION
    return settings.QDRANT_REPORTS_COLLECTION


class Connection:
    """One client per process, made on first use, and the collections made ready with it."""

    def __init__(self, factory: Callable[[], QdrantClient] | None = None) -> None:
        self._factory = factory
        self._client: QdrantClient | None = None
        self._ready: set[str] = set()

    @contextmanager
    def failures_translated(self) -> Iterator[None]:
        """Raises IndexUnavailable for whatever Qdrant or the way to it does wrong."""
        from qdrant_client.common.client_exceptions import QdrantException
        from qdrant_client.http.exceptions import ApiException

        try:
            yield
        except (ApiException, QdrantException, OSError) as error:
            self._ready.clear()  # Somebody may have dropped a collection: look again next time.
            raise IndexUnavailable(f"Qdrant does not answer: {error}") from error

    def to(self, kind: str) -> tuple[QdrantClient, str]:
        """The client and the name of the collection of this kind, which exists. Call within failures_translated."""
        if self._client is None:
            self._client = (self._factory or connect)()
        collection = collection_of(kind)
        if collection not in self._ready:
            self._make_ready(self._client, collection)
            self._ready.add(collection)
        return self._client, collection

    def _make_ready(self, client: QdrantClient, collection: str) -> None:
        """Create the collection unless it exists; creating an index that exists is harmless."""
        from qdrant_client import models

        if not client.collection_exists(collection):
            try:
                client.create_collection(
                    collection, vectors_config=models.VectorParams(size=DIMENSIONS, distance=models.Distance.COSINE)
                )
            except Exception:
                if not client.collection_exists(collection):  # Otherwise another process was faster.
                    raise
        for key, kind in PAYLOAD_INDEXES.items():
            client.create_payload_index(collection, key, field_schema=models.PayloadSchemaType(kind))


@functools.cache
def default_connection() -> Connection:
    return Connection()
