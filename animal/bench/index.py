"""How long a search of the gallery takes, what it costs in memory, and how soon a change is in it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from rich.console import Console

from animal.bench.results import Results
from animal.bench.service import local_service


def bench_index(*, vectors: int, qdrant: str, exact_only: bool, progress: Console) -> Results:
    """Both engines on the same gallery, in a database of its own, in a process kept to two cores.

    `qdrant` is the address of a server, in which collections named bench_* are made and deleted again; "" measures the
    engine that qdrant-client has for tests, which takes minutes.
    """
    cores = set(sorted(os.sched_getaffinity(0))[:2])
    results = Results("index", f"{vectors:,} vectors of 512 numbers, one for each animal")
    with tempfile.TemporaryDirectory(prefix="pawgle-bench-") as scratch:
        collections = [f"bench_{kind}_{Path(scratch).name[-8:]}" for kind in ("pets", "reports")]
        names = dict(zip(("QDRANT_PETS_COLLECTION", "QDRANT_REPORTS_COLLECTION"), collections, strict=True))
        try:
            with local_service(Path(scratch), QDRANT_CLUSTER_ENDPOINT=qdrant, **names) as service:
                part = "exact_index" if exact_only else "index"
                printed = service.manage(
                    "bench_inside", part, "--count", str(vectors), cores=cores, show_progress=not progress.quiet
                )
        finally:
            if qdrant:
                _delete(qdrant, collections)
    results.add_all_of(printed)
    return results


def _delete(url: str, collections: list[str]) -> None:
    from qdrant_client import QdrantClient

    client = QdrantClient(url=url, check_compatibility=False)
    for name in collections:
        client.delete_collection(name)
