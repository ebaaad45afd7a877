"""The measurements of `bench index`, on the database of the settings, which has to be an empty one."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import psutil
from django.conf import settings
from django.core.management.base import CommandError
from numpy.typing import NDArray
from tqdm import tqdm

from animal.bench.results import Results
from animal.core.geo import destination
from animal.recognition.index import Index, SearchQuery, current_version
from animal.recognition.index.exact import ExactIndex
from animal.recognition.index.qdrant import QdrantIndex
from animal.recognition.index.qdrant_connection import Connection
from animal.recognition.index.qdrant_sync import upload
from animal.recognition.models import ChangeCounter, GalleryEntry
from animal.recognition.services import GALLERY, gallery_update
from animal.recognition.unit_vectors import DIMENSIONS, normalised
from animal.recognition.vectors import STORED_BYTES, to_bytes

CENTRE = (48.137, 11.575)
RADIUS_KM = 50.0
NEAR_SHARE = 0.06
SPECIES = {"dog": 0.5, "cat": 0.35, "rabbit": 0.1, "bird": 0.05}
BATCH = 1000
# Engines are measured here, not how long one waits for them.
PATIENCE = 600.0
SEARCHES = 200
CHANGES = 50
SEARCHES_IN_PYTHON = 2
TOP = 10

FILTERED: dict[str, Any] = {"species": "dog", "near": (*CENTRE, RADIUS_KM)}
QUERIES: dict[str, tuple[dict[str, Any], float]] = {
    f"dogs within {RADIUS_KM:.0f} km": (FILTERED, 3.0),
    "dogs anywhere": ({"species": "dog"}, 12.0),
    "everything": ({}, 15.0),
}


def measure_index(count: int, *, exact_only: bool = False) -> Results:
    """Raises CommandError when the database holds a gallery already."""
    if GalleryEntry.objects.exists():
        raise CommandError("This database has a gallery: benchmarks fill one of their own.")
    random = np.random.default_rng(1)
    shares = _fill(count, random)
    results = Results("index", "")
    process = psutil.Process()
    before, started = process.memory_info().rss, time.perf_counter()
    exact = ExactIndex(current_version)
    exact.search(_query(random, {}))
    loaded = time.perf_counter() - started
    grown = process.memory_info().rss - before
    raw = count * STORED_BYTES
    results.add("exact: memory, times the raw vectors", grown / raw, "", bar=1.3, note=f"{grown / 1e6:.0f} MB")
    results.add("exact: first search, which loads everything", loaded, "s")
    for name, (filters, bar) in QUERIES.items():
        times, processor = _timed(exact, random, filters, SEARCHES)
        note = f"{shares[name]:.1%} pass; n = {SEARCHES}; processor time {np.percentile(processor, 95):.2f} ms"
        results.add(f"exact: {name}, p50", float(np.percentile(times, 50)), "ms")
        results.add(f"exact: {name}, p95", float(np.percentile(times, 95)), "ms", bar=bar, note=note)
    refreshed = _timed_changes(exact, random)
    results.add("exact: search after one change, p95", float(np.percentile(refreshed, 95)), "ms", bar=20)
    if not exact_only:
        _add_qdrant(results, exact, random, count)
    return results


def _fill(count: int, random: np.random.Generator) -> dict[str, float]:
    """`count` animals at their places; what share of them passes each query."""
    kinds = random.choice(len(SPECIES), count, p=list(SPECIES.values()))
    is_near = random.random(count) < NEAR_SHARE
    # Uniform over the disc, and over the ring around it.
    squares = np.where(
        is_near, random.uniform(0, RADIUS_KM**2, count), random.uniform(RADIUS_KM**2 * 1.2, 600**2, count)
    )
    bearings = random.uniform(0, 360, count)
    version, names = current_version(), list(SPECIES)
    for start in tqdm(range(0, count, BATCH), desc="gallery", unit="thousand", disable=None):
        rows = range(start, min(start + BATCH, count))
        vectors = _units(random, len(rows))
        GalleryEntry.objects.bulk_create(
            GalleryEntry(
                kind=("pet", "report")[number % 2],
                object_id=number + 1,
                slot=0,
                vector=to_bytes(vector),
                version=version,
                species=names[kinds[number]],
                side=("lost", "found", "home")[number % 3],
                owner_id=number % 5000 + 1,
                is_public=True,
                is_test=False,
                latitude=point[0],
                longitude=point[1],
                change=1,
            )
            for number, vector in zip(rows, vectors, strict=True)
            for point in [destination(*CENTRE, float(bearings[number]), float(squares[number]) ** 0.5 * 1000)]
        )
    ChangeCounter.objects.create(name=GALLERY, value=1)
    is_dog = kinds == names.index("dog")
    passing = ((is_dog & is_near).mean(), is_dog.mean(), 1.0)
    return {name: float(share) for name, share in zip(QUERIES, passing, strict=True)}


def _units(random: np.random.Generator, count: int) -> NDArray[np.float32]:
    return normalised(random.normal(size=(count, DIMENSIONS)).astype(np.float32))


def _query(random: np.random.Generator, filters: dict[str, Any]) -> SearchQuery:
    return SearchQuery(
        vectors=_units(random, 1), kinds=("pet", "report"), limit=TOP, is_test=False, exclude_owner=7, **filters
    )


def _timed(
    index: Index, random: np.random.Generator, filters: dict[str, Any], count: int
) -> tuple[list[float], list[float]]:
    """(wall, processor) in ms of so many searches, after a few that do not count."""
    times, processor = [], []
    for query in _queries(random, filters, count + 3):
        wall, cpu = time.perf_counter(), time.process_time()
        index.search(query)
        times.append((time.perf_counter() - wall) * 1000)
        processor.append((time.process_time() - cpu) * 1000)
    return times[3:], processor[3:]


def _queries(random: np.random.Generator, filters: dict[str, Any], count: int) -> Iterator[SearchQuery]:
    return (_query(random, filters) for _ in range(count))


def _timed_changes(index: Index, random: np.random.Generator) -> list[float]:
    """Wall time in ms of the first search after a change of one object, filters and all."""
    times = []
    for number in range(1, CHANGES + 1):
        kind = ("pet", "report")[(number - 1) % 2]
        if not gallery_update(kind=kind, object_id=number, is_public=False):
            break  # A gallery smaller than that.
        query = _query(random, FILTERED)
        started = time.perf_counter()
        index.search(query)
        times.append((time.perf_counter() - started) * 1000)
    return times


def _add_qdrant(results: Results, exact: Index, random: np.random.Generator, count: int) -> None:
    """The same questions to Qdrant; its answers held against the exact ones."""
    qdrant, name, searches = _qdrant(count)
    for filtered, (filters, _) in QUERIES.items():
        times, recalls = [], []
        for query in _queries(random, filters, searches):
            started = time.perf_counter()
            found = {(hit.kind, hit.object_id) for hit in qdrant.search(query)}
            times.append((time.perf_counter() - started) * 1000)
            wanted = {(hit.kind, hit.object_id) for hit in exact.search(query)}
            recalls.append(len(wanted & found) / max(1, len(wanted)))
        results.add(f"{name}: {filtered}, p50", float(np.percentile(times, 50)), "ms", note=f"n = {searches}")
        results.add(f"{name}: {filtered}, p95", float(np.percentile(times, 95)), "ms")
        results.add(f"{name}: {filtered}, recall", float(np.mean(recalls)), "", note=f"of the exact {TOP}")


def _qdrant(count: int) -> tuple[QdrantIndex, str, int]:
    """(the engine with this gallery in it, its name, how many searches it is worth): the server that the settings
    name, else qdrant-client's own engine in this process, which filters in Python, row by row."""
    if settings.QDRANT_CLUSTER_ENDPOINT:
        connection, name, searches = Connection(seconds=PATIENCE), "Qdrant", SEARCHES
    else:
        from qdrant_client import QdrantClient

        warnings.simplefilter("ignore", UserWarning)  # It says that payload indexes do nothing in memory.
        connection = Connection(lambda: QdrantClient(":memory:"), seconds=PATIENCE)
        name, searches = "qdrant-client", SEARCHES_IN_PYTHON
    with tqdm(total=count, desc=name, unit="vector", disable=None) as progress:
        for kind in GalleryEntry.Kind:
            for done in upload(connection, kind, BATCH):
                progress.update(done.seen)
    return QdrantIndex(current_version, lambda: connection, seconds=PATIENCE), name, searches
