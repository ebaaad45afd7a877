"""Bringing Qdrant into step with the database, one object or all of them, and proving that it is.

Everything here writes what the database says, then looks whether the database has moved on meanwhile, and writes
again if so: whoever writes last has written the newest state.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from animal.recognition.index.qdrant_connection import Connection
from animal.recognition.index.qdrant_points import entry_point_id, point_id, point_of
from animal.recognition.models import GalleryEntry

SCROLL_POINTS = 1000


@dataclass(frozen=True)
class Agreement:
    """How the points of one collection compare with the live entries of the database."""

    entries: int
    missing: int
    outdated: int
    stale: int

    @property
    def is_complete(self) -> bool:
        return not (self.missing or self.outdated or self.stale)


def sync_object(connection: Connection, kind: str, object_id: int) -> None:
    """Raises IndexUnavailable."""
    entries = GalleryEntry.objects.filter(kind=kind, object_id=object_id)
    while True:
        rows = list(entries)
        with connection.failures_translated():
            client, collection = connection.to(kind)
            if live := [row for row in rows if row.is_live]:
                client.upsert(collection, [point_of(row) for row in live], wait=True)
            if dead := [row for row in rows if not row.is_live]:
                client.delete(collection, [entry_point_id(row) for row in dead], wait=True)
        if _changes(rows) == _changes(list(entries.only("pk", "change"))):
            return


def upload(connection: Connection, kind: str, batch: int) -> Iterator[int]:
    """Write every live entry of a kind; yields how many were written, batch by batch. Raises IndexUnavailable."""
    last_pk = 0
    while True:
        live = GalleryEntry.objects.filter(kind=kind, is_live=True)
        rows = list(live.filter(pk__gt=last_pk).order_by("pk")[:batch])
        if not rows:
            return
        last_pk = rows[-1].pk
        with connection.failures_translated():
            client, collection = connection.to(kind)
            client.upsert(collection, [point_of(row) for row in rows], wait=True)
        now = _changes(list(GalleryEntry.objects.filter(pk__in=[row.pk for row in rows]).only("pk", "change")))
        for object_id in {row.object_id for row in rows if now.get(row.pk) != row.change}:
            sync_object(connection, kind, object_id)
        yield len(rows)


def delete_stale(connection: Connection, kind: str) -> int:
    """Delete points that no live entry stands behind; returns how many. Raises IndexUnavailable."""
    deleted = 0
    for batch in _points(connection, kind):
        known = _live_ids(kind, {point.object_id for point in batch if point.object_id is not None})
        stale = [point for point in batch if point.id not in known]
        if not stale:
            continue
        with connection.failures_translated():
            client, collection = connection.to(kind)
            client.delete(collection, [point.id for point in stale], wait=True)
        deleted += len(stale)
        for object_id in {point.object_id for point in stale if point.object_id is not None}:
            sync_object(connection, kind, object_id)  # It may have come to life in between.
    return deleted


def compare(connection: Connection, kind: str) -> Agreement:
    """Hold every point against the live entry that it copies. Raises IndexUnavailable."""
    live = GalleryEntry.objects.filter(kind=kind, is_live=True).values_list("object_id", "slot", "change")
    missing = {point_id(kind, object_id, slot): change for object_id, slot, change in live.iterator()}
    entries, outdated, stale = len(missing), 0, 0
    for batch in _points(connection, kind):
        for point in batch:
            change = missing.pop(point.id, None)
            stale += change is None
            outdated += change is not None and change != point.change
    return Agreement(entries=entries, missing=len(missing), outdated=outdated, stale=stale)


@dataclass(frozen=True)
class _Point:
    id: str
    object_id: int | None
    change: int | None


def _points(connection: Connection, kind: str) -> Iterator[list[_Point]]:
    """All points of a collection in batches, in the order of their ids. The older service's have another payload."""
    offset = None
    while True:
        with connection.failures_translated():
            client, collection = connection.to(kind)
            records, offset = client.scroll(
                collection, limit=SCROLL_POINTS, offset=offset, with_payload=["object_id", "change"], with_vectors=False
            )
        payloads = [(str(record.id), record.payload or {}) for record in records]
        yield [_Point(id, payload.get("object_id"), payload.get("change")) for id, payload in payloads]
        if offset is None:
            return


def _live_ids(kind: str, object_ids: set[int]) -> set[str]:
    live = GalleryEntry.objects.filter(kind=kind, is_live=True, object_id__in=object_ids)
    return {point_id(kind, object_id, slot) for object_id, slot in live.values_list("object_id", "slot")}


def _changes(rows: list[GalleryEntry]) -> dict[int, int]:
    return {row.pk: row.change for row in rows}
