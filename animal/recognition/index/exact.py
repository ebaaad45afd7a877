"""The exact index: every vector of the gallery in this process's memory, brought up to date before each search."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import Error as DatabaseError
from django.db import connection, models

from animal.recognition.errors import IndexUnavailable
from animal.recognition.index.columns import FIELDS, Columns, EntryRow, Snapshot
from animal.recognition.index.query import Hit, SearchQuery
from animal.recognition.index.scan import scan
from animal.recognition.models import ChangeCounter, GalleryEntry
from animal.recognition.services import GALLERY

PAGE_ROWS = 2000


@dataclass(frozen=True)
class Mark:
    """How far a reader has come: a number in the change sequence of one database."""

    epoch: int = 0
    change: int = 0


@dataclass(frozen=True)
class _Published:
    mark: Mark
    snapshot: Snapshot


class ExactIndex:
    """Holds the entries of every model version; a search compares those of one.

    Readers share the published snapshot without a lock; one thread at a time reads what has changed.
    """

    def __init__(self, version: Callable[[], str]) -> None:
        self._version = version
        self._lock = threading.Lock()
        self._columns = Columns()
        self._published: _Published | None = None

    def search(self, query: SearchQuery) -> list[Hit]:
        """Sees everything committed before the call. Raises IndexUnavailable when the database does not answer, and
        ModelUnavailable when ONNX Runtime cannot be loaded."""
        try:
            snapshot = self._up_to_date()
        except DatabaseError as error:
            raise IndexUnavailable(f"The gallery cannot be read: {error}") from error
        return scan(snapshot, query, query.version or self._version())

    def _up_to_date(self) -> Snapshot:
        if connection.in_atomic_block:
            # What this transaction sees may never be committed, so it must not enter what other threads share.
            columns = Columns()
            _read_into(columns, Mark())
            return columns.snapshot()
        published = self._published
        if published is None or published.mark != _newest_mark():
            with self._lock:
                published = self._refresh()
        return published.snapshot

    def _refresh(self) -> _Published:
        newest, before = _newest_mark(), self._published
        if before is not None and before.mark == newest:
            return before  # Another thread did the work while this one waited.
        follows = before is not None and before.mark.epoch == newest.epoch and before.mark.change < newest.change
        self._published = None  # Should the reading fail half-way, the next search starts afresh.
        mark = before.mark if before is not None and follows else Mark()
        if not follows:
            self._columns = Columns()
        reached = _read_into(self._columns, mark)
        if follows and reached < newest.change:
            # The newest change always has rows. They are missing, so the sequence is not the one we knew: a backup
            # was restored, or rows were deleted past the services.
            self._columns = Columns()
            reached = _read_into(self._columns, Mark())
        self._columns.compact()
        # A change that was committed while we read may have been read too: never fall behind it.
        reached = max(reached, newest.change)
        self._published = _Published(Mark(newest.epoch, reached), self._columns.snapshot())
        return self._published


def _newest_mark() -> Mark:
    counter = ChangeCounter.objects.filter(name=GALLERY).values_list("epoch", "value").first()
    return Mark(*counter) if counter else Mark()


def _read_into(columns: Columns, after: Mark) -> int:
    """Apply every row that changed after the mark; returns the highest change number met."""
    reached = after.change
    for page in _pages(after.change):
        for row in page:
            columns.remove(row[0])
        columns.put(row for row in page if row[2])
        reached = page[-1][1]
    return reached


def _pages(after_change: int) -> Iterator[list[EntryRow]]:
    """Entries in the order of their changes. A row that changes meanwhile comes again on a later page."""
    beyond = models.Q(change__gt=after_change)
    while True:
        page = list(GalleryEntry.objects.filter(beyond).order_by("change", "pk").values_list(*FIELDS)[:PAGE_ROWS])
        if page:
            yield page
        if len(page) < PAGE_ROWS:
            return
        last_pk, last_change = page[-1][0], page[-1][1]
        beyond = models.Q(change__gt=last_change) | models.Q(change=last_change, pk__gt=last_pk)
