"""The connection to Qdrant: its collections, how long it is waited for, and what its failures mean to us."""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from django.conf import settings

from animal.recognition.errors import CollectionMissing, IndexUnavailable
from animal.recognition.models import GalleryEntry
from animal.recognition.unit_vectors import DIMENSIONS

if TYPE_CHECKING:
    from qdrant_client import QdrantClient

T = TypeVar("T")
Question = Callable[["QdrantClient", str], T]
Clock = Callable[[], float]

# How long one search, and one write of the background, wait for Qdrant: everything that they ask of it together. The
# latter is below the eight seconds that a worker which is told to stop leaves its task.
SEARCH_SECONDS = 3.0
WRITE_SECONDS = 6.0
# After a failure nobody in this process asks for so long; then one question tries whether Qdrant is back.
REST_SECONDS = 15.0
# A server that was restarted, or closed an idle connection, is asked again at once.
TRIES = 2

# Payload keys that searches filter by, with Qdrant's index types.
PAYLOAD_INDEXES = {
    "kind": "keyword",
    "pet_id": "integer",
    "location_id": "integer",
    "owner_id": "integer",
    "status": "keyword",
    "species": "keyword",
    "version": "keyword",
    "cell": "keyword",
    "is_test": "bool",
    "is_public": "bool",
    "species_detected": "bool",
    "location": "geo",
}

# It works, but not for this question: other questions need not wait.
REFUSALS = (400, 404, 409, 422)

logger = logging.getLogger(__name__)


class _Refused(IndexUnavailable):
    pass


def connect() -> QdrantClient:
    """A client of the configured cluster; it opens its first connection with the first request."""
    from qdrant_client import QdrantClient  # 60 MB that a process without Qdrant should not carry.

    from animal.recognition.index.qdrant_http import UntilDeadline

    return QdrantClient(
        url=settings.QDRANT_CLUSTER_ENDPOINT,
        api_key=settings.QDRANT_API_KEY or None,
        check_compatibility=False,
        transport=UntilDeadline(),
    )


def collection_of(kind: str) -> str:
    if kind == GalleryEntry.Kind.PET:
        return settings.QDRANT_PETS_COLLECTION
    return settings.QDRANT_REPORTS_COLLECTION


class Connection:
    """One client per process, made on first use, and which collections it knows to be there."""

    def __init__(
        self,
        factory: Callable[[], QdrantClient] | None = None,
        *,
        seconds: float = WRITE_SECONDS,
        clock: Clock = time.monotonic,
    ) -> None:
        self._factory, self._seconds, self._clock = factory, seconds, clock
        self._client: QdrantClient | None = None
        self._seen: set[str] = set()
        self._ready: set[str] = set()
        self._resting_until = 0.0

    def ask(self, kind: str, question: Question[T], *, seconds: float | None = None, create: bool = False) -> T:
        """What Qdrant says to `question(client, collection)`, which may be asked twice and has `seconds` in all.

        With `create` the collection of this kind is made where it is missing, and made ready for searches. Raises
        CollectionMissing without, and IndexUnavailable for whatever Qdrant or the way to it does wrong.
        """
        # Imported here, since loading it takes longer than an answer may.
        import qdrant_client  # noqa: F401

        from animal.recognition.index.qdrant_http import in_time

        limit = self._seconds if seconds is None else seconds
        if self._clock() < self._resting_until:
            raise IndexUnavailable("Qdrant did not answer a moment ago; it is asked again soon.")
        if self._resting_until:
            self._resting_until = self._clock() + limit  # One question tries; the others wait for what comes of it.
        try:
            answer = in_time(lambda: self._ask(kind, question, create), limit)
        except CollectionMissing:
            self._resting_until = 0.0
            raise
        except IndexUnavailable as error:
            self._seen.clear()  # Somebody may have dropped a collection: look again next time.
            self._ready.clear()
            self._resting_until = 0.0 if isinstance(error, _Refused) else self._clock() + REST_SECONDS
            logger.warning("%s", error)
            raise
        self._resting_until = 0.0
        return answer

    def _ask(self, kind: str, question: Question[T], create: bool) -> T:
        from qdrant_client.common.client_exceptions import QdrantException
        from qdrant_client.http.exceptions import ApiException, ResponseHandlingException, UnexpectedResponse

        from animal.recognition.index.qdrant_http import broke_off

        for tries_left in reversed(range(TRIES)):
            try:
                return question(*self._collection(kind, create))
            except ResponseHandlingException as error:
                if not (broke_off(error.source) and tries_left):
                    raise _unavailable(error) from error
            except UnexpectedResponse as error:
                raise (_Refused(str(error)) if error.status_code in REFUSALS else _unavailable(error)) from error
            # ValueError: an answer that is no JSON. AssertionError: the client's own doubts about an answer.
            except (ApiException, QdrantException, OSError, ValueError, AssertionError) as error:
                raise _unavailable(error) from error
        raise AssertionError("the last try returns or raises")

    def _collection(self, kind: str, create: bool) -> tuple[QdrantClient, str]:
        if self._client is None:
            self._client = (self._factory or connect)()
        collection = collection_of(kind)
        if collection not in (self._ready if create else self._seen):
            if create:
                _make_ready(self._client, collection)
                self._ready.add(collection)
            elif not self._client.collection_exists(collection):
                raise CollectionMissing(f"Qdrant has no collection {collection} yet.")
            self._seen.add(collection)
        return self._client, collection


def _make_ready(client: QdrantClient, collection: str) -> None:
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


def _unavailable(error: Exception) -> IndexUnavailable:
    return IndexUnavailable(f"Qdrant does not answer as it should: {error or type(error).__name__}")


@functools.cache
def default_connection() -> Connection:
    return Connection()
