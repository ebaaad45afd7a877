"""Bringing Qdrant into step with the database, one object or all of them, and proving that it is.

Everything here writes what the database says, then looks whether the database has moved on meanwhile, and writes
again if so: whoever writes last has written the newest state. What Qdrant has already is not sent again, so whatever
was interrupted goes on where it was.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from animal.recognition.errors import CollectionMissing
from animal.recognition.index.qdrant_connection import Connection
from animal.recognition.index.qdrant_points import entry_point_id, object_key, payload_of, point_id, point_of
from animal.recognition.models import GalleryEntry
from animal.recognition.vectors import from_bytes

if TYPE_CHECKING:
    from qdrant_client import models

SCROLL_POINTS = 1000
# Of one request: a vector of 512 numbers is some 10 kB of JSON.
UPLOAD_POINTS = 200
# Qdrant normalises vectors again, in float32.
SAME_VECTOR = 1.0 - 1e-4

Points = dict[str, "models.Record"]


@dataclass(frozen=True)
class Uploaded:
    """One batch of the gallery in the order of its primary keys. Those not written were there already."""

    last_pk: int
    seen: int
    written: int


@dataclass(frozen=True)
class Disagreement:
    """`fault` is missing, outdated, altered (only the vector is) or stale; the rest is for whoever runs the check."""

    fault: str
    where: str
    what: str


def sync_object(connection: Connection, kind: str, object_id: int) -> None:
    """Raises CollectionMissing, IndexUnavailable."""
    entries = GalleryEntry.objects.filter(kind=kind, object_id=object_id)
    while True:
        rows = list(entries)
        live = [point_of(row) for row in rows if row.is_live]
        dead = [entry_point_id(row) for row in rows if not row.is_live]
        _write(connection, kind, live, dead)
        if _changes(rows) == _changes(list(entries.only("pk", "change"))):
            return


def upload(
    connection: Connection, kind: str, batch: int, *, after: int = 0, everything: bool = False
) -> Iterator[Uploaded]:
    """Write every live entry of a kind that Qdrant does not have as it is now; with `everything` also those it has.

    From the first entry on, makes the collection if it is missing. Raises CollectionMissing, IndexUnavailable.
    """
    connection.ask(kind, lambda client, collection: None, create=not after)
    while True:
        live = GalleryEntry.objects.filter(kind=kind, is_live=True)
        rows = list(live.filter(pk__gt=after).order_by("pk")[:batch])
        if not rows:
            return
        after = rows[-1].pk
        known = {} if everything else _points(connection, kind, rows)
        unlike = [row for row in rows if _payload(known, row) != payload_of(row)]
        if unlike:
            _write(connection, kind, [point_of(row) for row in unlike], [])
        now = _changes(list(GalleryEntry.objects.filter(pk__in=[row.pk for row in rows]).only("pk", "change")))
        for object_id in {row.object_id for row in rows if now.get(row.pk) != row.change}:
            sync_object(connection, kind, object_id)
        yield Uploaded(after, len(rows), len(unlike))


def compare(connection: Connection, kind: str, batch: int = UPLOAD_POINTS) -> Iterator[list[Disagreement]]:
    """Hold every point against the live entry that it copies, payload and vector, and yield what disagrees, batch by
    batch of entries; last, what no entry stands behind. Raises IndexUnavailable.
    """
    after = 0
    while True:
        live = GalleryEntry.objects.filter(kind=kind, is_live=True)
        rows = list(live.filter(pk__gt=after).order_by("pk")[:batch])
        if not rows:
            break
        after = rows[-1].pk
        try:
            known = _points(connection, kind, rows, with_vectors=True)
        except CollectionMissing:
            known = {}
        found = [(row, fault) for row in rows if (fault := _fault(known, row)) is not None]
        # What has changed since it was read is on its way to Qdrant, or there already.
        now = _changes(list(live.filter(pk__in=[row.pk for row, _ in found]).only("pk", "change")))
        yield [fault for row, fault in found if now.get(row.pk) == row.change]
    for stale in _stale(connection, kind):
        yield [Disagreement("stale", f"point {point.id}", "stands for nothing in the database") for point in stale]


def delete_stale(connection: Connection, kind: str) -> int:
    """Delete points that no live entry stands behind; returns how many. Raises IndexUnavailable."""
    deleted = 0
    for stale in _stale(connection, kind):
        if stale:
            _write(connection, kind, [], [point.id for point in stale])
        deleted += len(stale)
        for object_id in {point.object_id for point in stale if point.object_id is not None}:
            sync_object(connection, kind, object_id)  # It may have come to life in between.
    return deleted


def _fault(known: Points, row: GalleryEntry) -> Disagreement | None:
    where = f"{row.kind} {row.object_id}, vector {row.slot}"
    record = known.get(entry_point_id(row))
    if record is None:
        return Disagreement("missing", where, "is not in Qdrant")
    there, here = record.payload or {}, payload_of(row)
    differing = [
        f"{key} is {there.get(key)!r} in Qdrant and {here.get(key)!r} in the database"
        for key in sorted(there.keys() | here.keys())
        if there.get(key) != here.get(key) or (key in there) != (key in here)
    ]
    if differing:
        return Disagreement("outdated", where, "; ".join(differing))
    return None if _same_vector(record.vector, row) else Disagreement("altered", where, "the vector is another one")


def _same_vector(there: Any, row: GalleryEntry) -> bool:
    here = from_bytes(row.vector)
    vector = np.asarray(there, np.float32) if isinstance(there, list) else np.empty(0, np.float32)
    return vector.shape == here.shape and float(vector @ here) >= SAME_VECTOR * float(np.linalg.norm(vector))


def _write(connection: Connection, kind: str, live: list[models.PointStruct], dead: list[str]) -> None:
    def write(client: Any, collection: str) -> None:
        if live:
            client.upsert(collection, live, wait=True)
        if dead:
            client.delete(collection, dead, wait=True)

    connection.ask(kind, write)


def _payload(known: Points, row: GalleryEntry) -> dict[str, Any] | None:
    record = known.get(entry_point_id(row))
    return record.payload if record is not None else None


def _points(connection: Connection, kind: str, rows: Collection[GalleryEntry], *, with_vectors: bool = False) -> Points:
    """What Qdrant has of these entries, by point id."""
    ids = [entry_point_id(row) for row in rows]

    def retrieve(client: Any, collection: str) -> list[models.Record]:
        records: list[models.Record] = client.retrieve(collection, ids, with_payload=True, with_vectors=with_vectors)
        return records

    return {str(record.id): record for record in connection.ask(kind, retrieve)}


@dataclass(frozen=True)
class _Point:
    id: str
    object_id: int | None


def _stale(connection: Connection, kind: str) -> Iterator[list[_Point]]:
    """Points that no live entry stands behind, in batches. The older service's have another payload."""
    key = object_key(kind)
    offset: Any = None
    while True:

        def scroll(client: Any, collection: str, offset: Any = offset) -> Any:
            return client.scroll(collection, limit=SCROLL_POINTS, offset=offset, with_payload=[key], with_vectors=False)

        try:
            records, offset = connection.ask(kind, scroll)
        except CollectionMissing:
            return
        points = [_Point(str(record.id), _number((record.payload or {}).get(key))) for record in records]
        known = _live_ids(kind, {point.object_id for point in points if point.object_id is not None})
        yield [point for point in points if point.id not in known]
        if offset is None:
            return


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _live_ids(kind: str, object_ids: set[int]) -> set[str]:
    live = GalleryEntry.objects.filter(kind=kind, is_live=True, object_id__in=object_ids)
    return {point_id(kind, object_id, slot) for object_id, slot in live.values_list("object_id", "slot")}


def _changes(rows: list[GalleryEntry]) -> dict[int, int]:
    return {row.pk: row.change for row in rows}
