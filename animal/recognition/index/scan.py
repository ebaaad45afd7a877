"""Searching a snapshot: filters first, then the dot product over what is left."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from animal.core.geo import EARTH_RADIUS_M, bounding_box
from animal.recognition.index.columns import KINDS, SIDES, Meta, Snapshot
from animal.recognition.index.query import Hit, SearchQuery, best_first, species_filter
from animal.recognition.models import GalleryEntry

# Below this share of passing rows, copying them together is faster than the product over all (`bench index`).
GATHER_BELOW = 0.1
# 8 MB of vectors: what is copied together stays small, and several probes find them in the processor's cache.
BLOCK_ROWS = 4096
# Slots an object may have: the mean and ten photos.
SLOTS = 11

Rows = NDArray[np.intp]
Mask = NDArray[np.bool_]


def scan(snapshot: Snapshot, query: SearchQuery, version: str) -> list[Hit]:
    """The best `query.limit` objects of this model version, best first."""
    if version not in snapshot.versions:
        return []
    passing = _passing(snapshot, query, snapshot.versions[version])
    if not passing.size:
        return []
    cosines = _cosines(snapshot, passing, query.probes)
    wanted = min(passing.size, query.limit * SLOTS)
    while True:
        top = np.argpartition(cosines, passing.size - wanted)[passing.size - wanted :]
        hits = best_first(_hits(snapshot, passing[top], cosines[top]), query.limit)
        if len(hits) == query.limit or wanted == passing.size:
            return hits
        wanted = min(passing.size, wanted * 4)


def _hits(snapshot: Snapshot, rows: Rows, cosines: NDArray[np.float32]) -> Iterable[Hit]:
    kinds, object_ids = snapshot.meta["kind"][rows].tolist(), snapshot.meta["object_id"][rows].tolist()
    for kind, object_id, cosine in zip(kinds, object_ids, np.clip(cosines, -1.0, 1.0).tolist(), strict=True):
        yield Hit(KINDS[kind], object_id, cosine)


def _cosines(snapshot: Snapshot, passing: Rows, probes: NDArray[np.float32]) -> NDArray[np.float32]:
    """The best cosine of every passing row to any probe."""
    everything = passing.size > GATHER_BELOW * len(snapshot.live)
    best = np.empty(len(snapshot.live) if everything else passing.size, np.float32)
    for start in range(0, best.size, BLOCK_ROWS):
        end = min(start + BLOCK_ROWS, best.size)
        best[start:end] = _best(snapshot.vectors[slice(start, end) if everything else passing[start:end]], probes)
    return best[passing] if everything else best


def _best(vectors: NDArray[np.float32], probes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Not by ``@``: reading the vectors takes longer than multiplying them, and BLAS would start a thread per core,
    which wait for each other. On a busy machine a search of 1 ms then took 35 ms.
    """
    best: NDArray[np.float32] = np.einsum("nd,d->n", vectors, probes[0])
    for probe in probes[1:]:
        np.maximum(best, np.einsum("nd,d->n", vectors, probe), out=best)
    return best


def _passing(snapshot: Snapshot, query: SearchQuery, version: int) -> Rows:
    """The rows that pass every filter. The place comes first where it is asked for: few rows are left after it."""
    if query.near is None:
        return np.flatnonzero(snapshot.live & _mask(snapshot.meta, snapshot, query, version))
    rows = _near(snapshot.meta, query.near, allow_placeless=query.allow_placeless)
    rows = rows[snapshot.live[rows]]
    return rows[_mask({name: column[rows] for name, column in snapshot.meta.items()}, snapshot, query, version)]


def _mask(meta: Meta, snapshot: Snapshot, query: SearchQuery, version: int) -> Mask:
    """Every filter but the place, on these rows."""
    mask: Mask = meta["version"] == version
    mask &= _among(meta["kind"], [KINDS.index(kind) for kind in query.kinds])
    if query.sides is not None:
        mask &= _among(meta["side"], [SIDES.index(side) for side in query.sides])
    if query.is_test is not None:
        mask &= meta["is_test"] == query.is_test
    if query.exclude_owner is not None:
        mask &= meta["owner_id"] != query.exclude_owner
    if query.visible_to is not None:
        at_home = meta["side"] == SIDES.index(GalleryEntry.Side.HOME)
        mask &= meta["is_public"] | ~at_home | (meta["owner_id"] == query.visible_to)
    passing = species_filter(query)
    if passing is not None:
        declared, detected = (
            _among(meta["species"], [snapshot.species[name] for name in names if name in snapshot.species])
            for names in (passing.declared, passing.detected)
        )
        mask &= declared | (detected & meta["species_detected"])
    return mask


def _among(codes: NDArray[np.integer], wanted: list[int]) -> Mask:
    """Like np.isin, for a few small numbers and a twentieth of its time."""
    mask = np.zeros(len(codes), np.bool_)
    for code in wanted:
        mask |= codes == code
    return mask


def _near(meta: Meta, near: tuple[float, float, float], *, allow_placeless: bool) -> Rows:
    """Bounding box first, the haversine only for what is inside. Comparisons with NaN (no place) are false."""
    latitude, longitude, radius_km = near
    latitudes, longitudes = meta["latitude"], meta["longitude"]
    south, west, north, east = bounding_box(latitude, longitude, radius_km * 1000)
    inside = (latitudes >= south) & (latitudes <= north)
    if west <= east:
        inside &= (longitudes >= west) & (longitudes <= east)
    else:
        inside &= (longitudes >= west) | (longitudes <= east)
    rows = np.flatnonzero(inside)
    rows = rows[_haversine_m(latitude, longitude, latitudes[rows], longitudes[rows]) <= radius_km * 1000]
    if allow_placeless:
        rows = np.union1d(rows, np.flatnonzero(np.isnan(latitudes)))
    return rows


def _haversine_m(lat: float, lon: float, lats: NDArray[np.float64], lons: NDArray[np.float64]) -> NDArray[np.float64]:
    """`animal.core.geo.haversine_m` from one point to many."""
    phi, phis = np.radians(lat), np.radians(lats)
    half_dphi, half_dlambda = (phis - phi) / 2, np.radians(lons - lon) / 2
    a = np.sin(half_dphi) ** 2 + np.cos(phi) * np.cos(phis) * np.sin(half_dlambda) ** 2
    distances: NDArray[np.float64] = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(a, 1.0)))
    return distances
