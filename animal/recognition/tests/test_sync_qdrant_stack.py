"""`sync_qdrant` in a process of its own, against Qdrant's own engine over HTTP: killed half way, and run again."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from qdrant_client import QdrantClient

from animal.ops.tests.processes import PYTHON, House, wait_until
from animal.recognition.tests.qdrant_process import QdrantServer

pytestmark = pytest.mark.stack
VECTORS, BATCH = 600, 20
GALLERY = f"""
import numpy as np
from animal.recognition.tests.gallery import put, unit
vectors = unit(np.random.default_rng(1), {VECTORS})
for number in range({VECTORS // 3}):
    put("pet", number + 1, vectors[3 * number : 3 * number + 3])
"""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    try:
        house.manage("migrate", "--verbosity", "0")
        house.python(GALLERY)
        yield house
    finally:
        house.clean_up()


@pytest.mark.timeout(600)
def test_killed_half_way_it_goes_on_where_it_was_and_nothing_is_lost(
    house: House, qdrant_over_http: QdrantClient, qdrant_server: QdrantServer
) -> None:
    """C6"""
    write, before = "PUT /collections/pawgle_pets/points", qdrant_server.requests("PUT /collections/pawgle_pets/points")
    house.environment["QDRANT_CLUSTER_ENDPOINT"] = qdrant_server.url
    arguments = ("sync_qdrant", "--only", "pets", "--batch", str(BATCH))
    killed = house.start(PYTHON, "manage.py", *arguments)
    wait_until(lambda: qdrant_server.requests(write) - before >= 5, seconds=60, what="five batches")
    killed.send_signal(signal.SIGKILL)
    assert house.exit_code() == -signal.SIGKILL
    there = qdrant_over_http.count("pawgle_pets").count
    assert 5 * BATCH <= there < VECTORS, "half way"
    said = house.manage(*arguments)
    written, known = map(int, re.search(r"pet: (\d+) vectors written, (\d+) were there", said).groups())
    assert (written, known) == (VECTORS - there, there)
    assert "0 are missing, 0 outdated, 0 altered, 0 stale" in house.manage("sync_qdrant", "--check", "--only", "pets")
    qdrant_over_http.delete("pawgle_pets", [next(iter(qdrant_over_http.scroll("pawgle_pets", limit=1)[0])).id])
    failed = house.run(PYTHON, "manage.py", "sync_qdrant", "--check")
    assert failed.returncode == 1
    assert "1 are missing" in failed.stdout
