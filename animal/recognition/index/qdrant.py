"""The Qdrant engine, for galleries that outgrow one process's memory.

Qdrant follows the database with a delay. What it has not yet been told is searched from the database, so that two
reports filed at the same moment find each other and a removed pet is gone at once, as with the exact index.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from django.db import Error as DatabaseError

from animal.core.models import BackgroundTask
from animal.recognition.errors import CollectionMissing, IndexUnavailable
from animal.recognition.index.columns import FIELDS, Columns
from animal.recognition.index.qdrant_connection import SEARCH_SECONDS, Connection, default_connection
from animal.recognition.index.qdrant_fill import UNFINISHED, fill_request, is_filling
from animal.recognition.index.qdrant_points import filter_of, object_key
from animal.recognition.index.query import Hit, SearchQuery, best_first
from animal.recognition.index.scan import scan
from animal.recognition.models import GalleryEntry
from animal.recognition.services import INDEX_TASK

if TYPE_CHECKING:
    from qdrant_client import QdrantClient

# With more than this many objects on their way to Qdrant, a search waits until it has caught up.
MAX_WAITING = 2000


class QdrantIndex:
    """`seconds` is how long one search waits for Qdrant."""

    def __init__(
        self,
        version: Callable[[], str],
        connection: Callable[[], Connection] = default_connection,
        seconds: float = SEARCH_SECONDS,
    ) -> None:
        self._version, self._connection, self._seconds = version, connection, seconds

    def search(self, query: SearchQuery) -> list[Hit]:
        """Raises IndexUnavailable when Qdrant or the database does not answer, or Qdrant is far behind."""
        version, deadline = query.version or self._version(), time.monotonic() + self._seconds
        try:
            # Read before Qdrant is asked: what has left this list by then is in Qdrant.
            waiting = _waiting_objects(query.kinds)
            filling = [kind for kind in query.kinds if is_filling(kind)]
            hits = _search_database(query, version, waiting)
        except DatabaseError as error:
            raise IndexUnavailable(f"The gallery cannot be read: {error}") from error
        if filling:
            raise IndexUnavailable(f"Qdrant is being filled with {filling[0]} vectors.")
        for kind in query.kinds:
            hits += self._search_qdrant(query, kind, version, waiting[kind], deadline)
        return best_first(hits, query.limit)

    def _search_qdrant(
        self, query: SearchQuery, kind: str, version: str, without: list[int], deadline: float
    ) -> list[Hit]:
        """The best objects for each probe; those for all probes are among them."""

        def ask(client: QdrantClient, collection: str) -> list[Hit]:
            hits = []
            for probe in query.probes:
                answer = client.query_points_groups(
                    collection,
                    group_by=object_key(kind),
                    query=probe.tolist(),
                    query_filter=filter_of(query, kind, version, without),
                    limit=query.limit,
                    group_size=1,
                    with_payload=False,
                )
                hits += [Hit(kind, int(group.id), _cosine(group.hits[0].score)) for group in answer.groups]
            return hits

        try:
            return self._connection().ask(kind, ask, seconds=max(deadline - time.monotonic(), 0.0))
        except CollectionMissing:
            fill_request(kind)
            raise


def _cosine(score: float) -> float:
    return min(1.0, max(-1.0, float(score)))


def _waiting_objects(kinds: Collection[str]) -> dict[str, list[int]]:
    """Objects by kind whose newest state Qdrant may not know."""
    waiting: dict[str, list[int]] = defaultdict(list)
    tasks = BackgroundTask.objects.filter(name=INDEX_TASK, state__in=UNFINISHED)
    targets = list(tasks.values_list("target", flat=True)[: MAX_WAITING + 1])
    if len(targets) > MAX_WAITING:
        raise IndexUnavailable("Qdrant is catching up with many changes.")
    for target in targets:
        kind, _, object_id = target.partition(":")
        if kind in kinds:
            waiting[kind].append(int(object_id))
    return waiting


def _search_database(query: SearchQuery, version: str, waiting: dict[str, list[int]]) -> list[Hit]:
    columns = Columns()
    for kind, object_ids in waiting.items():
        entries = GalleryEntry.objects.filter(kind=kind, object_id__in=object_ids, is_live=True, version=version)
        columns.put(list(entries.values_list(*FIELDS)))
    return scan(columns.snapshot(), query, version) if len(columns) else []
