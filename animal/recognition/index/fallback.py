"""Searching on while Qdrant is away: the database is the truth, so its vectors answer as well."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from django.db import Error as DatabaseError

from animal.recognition.errors import IndexUnavailable
from animal.recognition.index.query import Hit, Index, SearchQuery
from animal.recognition.models import GalleryEntry

# Some 120 MB in the memory of each process that searches, read in about a second. A larger gallery waits for Qdrant.
MAX_VECTORS = 50_000

logger = logging.getLogger(__name__)


class FallbackIndex:
    """Asks `first`; while that is not available, and the gallery is not too large, the index that `second` makes.

    The second is given up, and its memory with it, when the first answers again.
    """

    def __init__(self, first: Index, second: Callable[[], Index]) -> None:
        self._first, self._make_second = first, second
        self._second: Index | None = None
        self._lock = threading.Lock()

    def search(self, query: SearchQuery) -> list[Hit]:
        try:
            hits = self._first.search(query)
        except IndexUnavailable as error:
            if not _is_small():
                raise
            logger.warning("The database's own vectors are searched: %s", str(error))
            return self._stand_in().search(query)
        self._second = None
        return hits

    def _stand_in(self) -> Index:
        """The same one for all threads: each of its own would hold the whole gallery."""
        with self._lock:
            if self._second is None:
                self._second = self._make_second()
            return self._second


def _is_small() -> bool:
    live = GalleryEntry.objects.filter(is_live=True).order_by()
    try:
        return live[: MAX_VECTORS + 1].count() <= MAX_VECTORS
    except DatabaseError as error:
        raise IndexUnavailable(f"The gallery cannot be read: {error}") from error
