"""Searching a snapshot: masks first, then the dot product over what is left."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from animal.core.geo import EARTH_RADIUS_M, bounding_box
from animal.recognition.index.columns import KINDS, SIDES, Snapshot
from animal.recognition.index.query import Hit, SearchQuery, best_first, species_filter
from animal.recognition.models import GalleryEntry

# Below this share of passing rows, copying them together is faster than the product over all (measured: see the
# design; the copy goes in blocks, so that it never doubles the memory).
GATHER_BELOW = 0.1
BLOCK_ROWS = 16_384
# Slots an object may have: the mean and ten photos.
SLOTS = 11


def scan(snapshot: Snapshot, query: SearchQuery, version: str) -> list[Hit]:
    """The best `query.limit` objects of this model version, best first."""
    if version not in snapshot.versions:
        return []
    passing = np.flatnonzero(_mask(snapshot, query, snapshot.versions[version]))
    if not passing.size:
        return []
    cosines = _cosines(snapshot, passing, query.probes)
    wanted = min(passing.size, query.limit * SLOTS)
    while True:
        top = np.argpartition(-cosines, wanted - 1)[:wanted]
        hits = best_first((_hit(snapshot, passing[place], cosines[place]) for place in top), query.limit)
        if len(hits) == query.limit or wanted == passing.size:
            return hits
        wanted = min(passing.size, wanted * 4)


def _hit(snapshot: Snapshot, row: np.intp, cosine: np.float32) -> Hit:
    meta = snapshot.meta[row]
    return Hit(KINDS[meta["kind"]], int(meta["object_id"]), min(1.0, max(-1.0, float(cosine))))


def _cosines(snapshot: Snapshot, passing: NDArray[np.intp], probes: NDArray[np.float32]) -> NDArray[np.float32]:
    """The best cosine of every passing row to any probe."""
    if passing.size > GATHER_BELOW * len(snapshot.live):
        best: NDArray[np.float32] = (probes @ snapshot.vectors.T).max(axis=0)[passing]
        return best
    blocks = (passing[start : start + BLOCK_ROWS] for start in range(0, passing.size, BLOCK_ROWS))
    return np.concatenate([(probes @ snapshot.vectors[rows].T).max(axis=0) for rows in blocks])


def _mask(snapshot: Snapshot, query: SearchQuery, version: int) -> NDArray[np.bool_]:
    meta = snapshot.meta
    mask: NDArray[np.bool_] = snapshot.live & (meta["version"] == version)
    mask &= np.isin(meta["kind"], [KINDS.index(kind) for kind in query.kinds])
    if query.sides is not None:
        mask &= np.isin(meta["side"], [SIDES.index(side) for side in query.sides])
    if query.is_test is not None:
        mask &= meta["is_test"] == query.is_test
    if query.exclude_owner is not None:
        mask &= meta["owner_id"] != query.exclude_owner
    if query.visible_to is not None:
        at_home = meta["side"] == SIDES.index(GalleryEntry.Side.HOME)
        mask &= meta["is_public"] | ~at_home | (meta["owner_id"] == query.visible_to)
    _apply_species(mask, snapshot, query)
    _apply_place(mask, snapshot, query)
    return mask


def _apply_species(mask: NDArray[np.bool_], snapshot: Snapshot, query: SearchQuery) -> None:
    passing = species_filter(query)
    if passing is None:
        return
    codes = snapshot.meta["species"]
    declared, detected = (
        np.isin(codes, [snapshot.species[name] for name in names if name in snapshot.species])
        for names in (passing.declared, passing.detected)
    )
    mask &= declared | (detected & snapshot.meta["species_detected"])


def _apply_place(mask: NDArray[np.bool_], snapshot: Snapshot, query: SearchQuery) -> None:
    """Bounding box first, the haversine only for what is inside. Comparisons with NaN (no place) are false."""
    if query.near is None:
        return
    latitude, longitude, radius_km = query.near
    latitudes, longitudes = snapshot.meta["latitude"], snapshot.meta["longitude"]
    south, west, north, east = bounding_box(latitude, longitude, radius_km * 1000)
    inside = (latitudes >= south) & (latitudes <= north)
    if west <= east:
        inside &= (longitudes >= west) & (longitudes <= east)
    else:
        inside &= (longitudes >= west) | (longitudes <= east)
    rows = np.flatnonzero(mask & inside)
    inside[:] = False
    inside[rows] = _haversine_m(latitude, longitude, latitudes[rows], longitudes[rows]) <= radius_km * 1000
    if query.allow_placeless:
        inside |= np.isnan(latitudes)
    mask &= inside


def _haversine_m(lat: float, lon: float, lats: NDArray[np.float64], lons: NDArray[np.float64]) -> NDArray[np.float64]:
    """`animal.core.geo.haversine_m` from one point to many."""
    phi, phis = np.radians(lat), np.radians(lats)
    half_dphi, half_dlambda = (phis - phi) / 2, np.radians(lons - lon) / 2
    a = np.sin(half_dphi) ** 2 + np.cos(phi) * np.cos(phis) * np.sin(half_dlambda) ** 2
    distances: NDArray[np.float64] = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(a, 1.0)))
    return distances
