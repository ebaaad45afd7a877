"""Searching a snapshot: filters first, then the codes of what is left, then the vectors that could be among the best.

The answer is that of comparing every vector: the codes only rule out those which cannot be among the best.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from animal.core.geo import EARTH_RADIUS_M, bounding_box
from animal.recognition.index.coarse import CoarseProbes, coarse_cosines
from animal.recognition.index.columns import KINDS, SIDES, Meta, Snapshot
from animal.recognition.index.query import Hit, SearchQuery, species_filter
from animal.recognition.models import GalleryEntry

# Up to so many rows, the vectors themselves are multiplied at once: the codes would save nothing (`bench index`).
STRAIGHT_ROWS = 256
# Below this share of passing rows, copying their codes together is faster than the product over all (`bench index`).
GATHER_BELOW = 0.3
# 16 MB of codes and 8 MB of vectors: what is copied together stays small however large the gallery is.
CODE_ROWS = 32768
VECTOR_ROWS = 4096
# Slots an object may have: the mean and ten photos.
SLOTS = 11

Rows = NDArray[np.intp]
Mask = NDArray[np.bool_]


def scan(snapshot: Snapshot, query: SearchQuery, version: str) -> list[Hit]:
    """The best `query.limit` objects of this model version, best first; of equals, those of the lower ids.

    Raises ModelUnavailable when ONNX Runtime, which multiplies the codes, cannot be loaded.
    """
    if version not in snapshot.versions:
        return []
    rows = _passing(snapshot, query, snapshot.versions[version])
    if rows.size > STRAIGHT_ROWS:
        rows = _contenders(snapshot, rows, query)
    return _best(snapshot, rows, _cosines(snapshot, rows, query.probes), query.limit)


def _contenders(snapshot: Snapshot, passing: Rows, query: SearchQuery) -> Rows:
    """The rows that could be among the best: their cosine may reach what enough other objects have for sure."""
    probes = CoarseProbes.of(query.probes)
    coarse = _coarse(snapshot, passing, probes)
    doubts = snapshot.vectors.doubts[passing] + np.float32(probes.doubt)
    enough = _reached_by(snapshot, passing, coarse - doubts, query.limit)
    return passing[coarse + doubts >= enough]


def _coarse(snapshot: Snapshot, passing: Rows, probes: CoarseProbes) -> NDArray[np.float32]:
    everything = passing.size > GATHER_BELOW * len(snapshot.live)
    cosines = np.empty(len(snapshot.live) if everything else passing.size, np.float32)
    vectors = snapshot.vectors
    for block in _blocks(cosines.size, CODE_ROWS):
        which = block if everything else passing[block]
        cosines[block] = coarse_cosines(vectors.codes[which], vectors.scales[which], probes)
    return cosines[passing] if everything else cosines


def _reached_by(snapshot: Snapshot, passing: Rows, sure: NDArray[np.float32], limit: int) -> float:
    """The highest number that the sure cosines of `limit` objects reach, or minus infinity for fewer objects."""
    wanted = limit * SLOTS
    while wanted < passing.size:
        top = np.argpartition(sure, -wanted)[-wanted:]
        top = top[np.argsort(-sure[top])]
        first = _first_of_each_object(snapshot, passing[top])
        if first.size >= limit:
            return float(sure[top[first[limit - 1]]])
        wanted *= 4
    return -np.inf


def _first_of_each_object(snapshot: Snapshot, rows: Rows) -> Rows:
    """Where each object stands for the first time, in this order."""
    _, first = np.unique(snapshot.meta["object_id"][rows] * len(KINDS) + snapshot.meta["kind"][rows], return_index=True)
    return np.sort(first)


def _cosines(snapshot: Snapshot, rows: Rows, probes: NDArray[np.float32]) -> NDArray[np.float32]:
    """The best cosine of every row to any probe.

    Not by ``@``: BLAS would start a thread per core, which wait for each other. On a busy machine a search of 1 ms then
    took 35 ms.
    """
    best = np.full(rows.size, -1.0, np.float32)
    for block in _blocks(rows.size, VECTOR_ROWS):
        vectors = snapshot.vectors[rows[block]].vectors()
        for probe in probes:
            np.maximum(best[block], np.einsum("nd,d->n", vectors, probe), out=best[block])
    return np.minimum(best, 1.0, out=best)


def _best(snapshot: Snapshot, rows: Rows, cosines: NDArray[np.float32], limit: int) -> list[Hit]:
    """As `best_first` has it, without a Hit for every row: thousands of equal vectors are contenders together."""
    kinds, object_ids = snapshot.meta["kind"][rows], snapshot.meta["object_id"][rows]
    order = np.lexsort((object_ids, kinds, -cosines))
    best = order[_first_of_each_object(snapshot, rows[order])[:limit]]
    return [
        Hit(KINDS[kind], object_id, cosine)
        for kind, object_id, cosine in zip(
            kinds[best].tolist(), object_ids[best].tolist(), cosines[best].tolist(), strict=True
        )
    ]


def _blocks(count: int, rows: int) -> Iterator[slice]:
    return (slice(start, min(start + rows, count)) for start in range(0, count, rows))


def _passing(snapshot: Snapshot, query: SearchQuery, version: int) -> Rows:
    """The rows that pass every filter. The place comes first where it is asked for: few rows are left after it; and the
    exact distance comes last."""
    meta = snapshot.meta
    if query.near is None:
        return np.flatnonzero(snapshot.live & _mask(meta.__getitem__, snapshot, query, version))
    rows = np.flatnonzero(_boxed(meta, query.near, allow_placeless=query.allow_placeless))
    rows = rows[snapshot.live[rows]]
    rows = rows[_mask(lambda name: meta[name][rows], snapshot, query, version)]
    return rows[_near(meta["latitude"][rows], meta["longitude"][rows], query.near)]


def _mask(column: Callable[[str], NDArray[Any]], snapshot: Snapshot, query: SearchQuery, version: int) -> Mask:
    """Every filter but the place, on the rows that `column` gives."""
    mask: Mask = column("version") == version
    mask &= _among(column("kind"), [KINDS.index(kind) for kind in query.kinds])
    if query.sides is not None:
        mask &= _among(column("side"), [SIDES.index(side) for side in query.sides])
    if query.is_test is not None:
        mask &= column("is_test") == query.is_test
    if query.exclude_owner is not None:
        mask &= column("owner_id") != query.exclude_owner
    if query.visible_to is not None:
        at_home = column("side") == SIDES.index(GalleryEntry.Side.HOME)
        mask &= column("is_public") | ~at_home | (column("owner_id") == query.visible_to)
    passing = species_filter(query)
    if passing is not None:
        declared, detected = (
            _among(column("species"), [snapshot.species[name] for name in names if name in snapshot.species])
            for names in (passing.declared, passing.detected)
        )
        mask &= declared | (detected & column("species_detected"))
    return mask


def _among(codes: NDArray[np.integer], wanted: list[int]) -> Mask:
    """Like np.isin, for a few small numbers and a twentieth of its time."""
    mask = np.zeros(len(codes), np.bool_)
    for code in wanted:
        mask |= codes == code
    return mask


def _boxed(meta: Meta, near: tuple[float, float, float], *, allow_placeless: bool) -> Mask:
    """What is in a box around the circle. Comparisons with NaN (no place) are false."""
    latitude, longitude, radius_km = near
    latitudes, longitudes = meta["latitude"], meta["longitude"]
    south, west, north, east = bounding_box(latitude, longitude, radius_km * 1000)
    inside: Mask = (latitudes >= south) & (latitudes <= north)
    if west <= east:
        inside &= (longitudes >= west) & (longitudes <= east)
    else:
        inside &= (longitudes >= west) | (longitudes <= east)
    if allow_placeless:
        inside |= np.isnan(latitudes)
    return inside


def _near(latitudes: NDArray[np.float64], longitudes: NDArray[np.float64], near: tuple[float, float, float]) -> Mask:
    """What is in the circle, and what has no place."""
    latitude, longitude, radius_km = near
    inside: Mask = _haversine_m(latitude, longitude, latitudes, longitudes) <= radius_km * 1000
    return inside | np.isnan(latitudes)


def _haversine_m(lat: float, lon: float, lats: NDArray[np.float64], lons: NDArray[np.float64]) -> NDArray[np.float64]:
    """`animal.core.geo.haversine_m` from one point to many."""
    phi, phis = np.radians(lat), np.radians(lats)
    half_dphi, half_dlambda = (phis - phi) / 2, np.radians(lons - lon) / 2
    a = np.sin(half_dphi) ** 2 + np.cos(phi) * np.cos(phis) * np.sin(half_dlambda) ** 2
    distances: NDArray[np.float64] = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(a, 1.0)))
    return distances
