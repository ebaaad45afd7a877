"""Gallery entries as arrays: rows are only ever appended, so that a reader's view never changes under it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from animal.recognition.index.fixed_point import FixedPoint, are_vectors
from animal.recognition.models import GalleryEntry
from animal.recognition.unit_vectors import DIMENSIONS
from animal.recognition.vectors import STORED, STORED_BYTES

KINDS: tuple[str, ...] = tuple(GalleryEntry.Kind.values)
SIDES: tuple[str, ...] = tuple(GalleryEntry.Side.values)

# Order of EntryRow, and of the columns that are read from the database.
FIELDS = (
    "pk",
    "change",
    "is_live",
    "version",
    "vector",
    "kind",
    "object_id",
    "side",
    "species",
    "species_detected",
    "owner_id",
    "is_public",
    "is_test",
    "latitude",
    "longitude",
)
EntryRow = tuple[int, int, bool, str, bytes, str, int, str, str, bool, int, bool, bool, float | None, float | None]

# What filters look at, one array each: a filter reads 100,000 numbers that lie side by side.
META: dict[str, type[np.generic]] = {
    "version": np.int16,
    "kind": np.int8,
    "object_id": np.int64,
    "side": np.int8,
    "species": np.int16,
    "species_detected": np.bool_,
    "owner_id": np.int64,
    "is_public": np.bool_,
    "is_test": np.bool_,
    "latitude": np.float64,
    "longitude": np.float64,
}
Meta = dict[str, NDArray[Any]]
FIRST_CAPACITY = 256
GROWTH = 1.5
# Rows that were replaced or removed are swept out when they outnumber this and an eighth of the others, so that memory
# stays below 1.3 times the vectors.
MIN_DEAD_TO_COMPACT = 1024


@dataclass(frozen=True)
class Snapshot:
    """What one reader sees: the first `len(live)` rows. The arrays may go on growing behind it."""

    vectors: FixedPoint
    meta: Meta
    live: NDArray[np.bool_]
    species: dict[str, int]
    versions: dict[str, int]


class Columns:
    """The writer's side. Not thread-safe: its owner holds a lock."""

    def __init__(self) -> None:
        self._vectors = FixedPoint.empty(FIRST_CAPACITY)
        self._meta: Meta = {name: np.empty(FIRST_CAPACITY, kind) for name, kind in META.items()}
        self._live = np.zeros(FIRST_CAPACITY, np.bool_)
        self._count = 0
        self._row_of: dict[int, int] = {}
        self._species: dict[str, int] = {}
        self._versions: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._row_of)

    def snapshot(self) -> Snapshot:
        count = self._count
        return Snapshot(
            vectors=self._vectors[:count],
            meta={name: column[:count] for name, column in self._meta.items()},
            live=self._live[:count].copy(),
            species=self._species.copy(),
            versions=self._versions.copy(),
        )

    def put(self, rows: Iterable[EntryRow]) -> None:
        """Add entries, or replace those of the same primary key. A damaged vector is passed over."""
        whole = [row for row in rows if len(row[4]) == STORED_BYTES]
        vectors = np.frombuffer(b"".join(row[4] for row in whole), STORED).reshape(-1, DIMENSIONS)
        undamaged = are_vectors(vectors)
        good = list(itertools.compress(whole, undamaged))
        if not good:
            return
        start, end = self._count, self._count + len(good)
        self._reserve(end)
        self._vectors[start:end] = FixedPoint.of(vectors[undamaged])
        for column, values in zip(self._meta.values(), zip(*map(self._meta_of, good), strict=True), strict=True):
            column[start:end] = values
        self._live[start:end] = True
        self._count = end
        for position, row in enumerate(good, start):
            self.remove(row[0])
            self._row_of[row[0]] = position

    def remove(self, pk: int) -> None:
        position = self._row_of.pop(pk, None)
        if position is not None:
            self._live[position] = False

    def compact(self) -> None:
        """Drop dead rows into fresh arrays once they are many; snapshots keep the old ones."""
        dead = self._count - len(self._row_of)
        if dead <= max(MIN_DEAD_TO_COMPACT, len(self._row_of) // 8):
            return
        kept = np.flatnonzero(self._live[: self._count])
        moved = {int(old): new for new, old in enumerate(kept)}
        self._row_of = {pk: moved[position] for pk, position in self._row_of.items()}
        self._vectors = self._vectors[kept]
        self._meta = {name: column[kept] for name, column in self._meta.items()}
        self._live, self._count = np.ones(len(kept), np.bool_), len(kept)

    def _reserve(self, needed: int) -> None:
        if needed <= len(self._live):
            return
        capacity = max(needed, int(len(self._live) * GROWTH), FIRST_CAPACITY)
        self._vectors = self._vectors.each(lambda array: _grown(array, self._count, capacity))
        self._meta = {name: _grown(column, self._count, capacity) for name, column in self._meta.items()}
        self._live = _grown(self._live, self._count, capacity)

    def _meta_of(self, row: EntryRow) -> tuple[object, ...]:
        """In the order of META."""
        (*_, kind, object_id, side, species, detected, owner_id, is_public, is_test, latitude, longitude) = row
        return (
            self._versions.setdefault(row[3], len(self._versions)),
            KINDS.index(kind),
            object_id,
            SIDES.index(side),
            self._species.setdefault(species, len(self._species)),
            detected,
            owner_id,
            is_public,
            is_test,
            np.nan if latitude is None else latitude,
            np.nan if longitude is None else longitude,
        )


def _grown(array: NDArray, count: int, capacity: int) -> NDArray:
    larger = np.empty((capacity, *array.shape[1:]), array.dtype)
    larger[:count] = array[:count]
    return larger
