"""How long a photo takes from its file to its vector, how many fit into a second, and what memory that needs."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import httpx
import psutil
from django.conf import settings
from rich.console import Console

from animal.bench.results import Results
from animal.bench.reunion import UNTHROTTLED
from animal.bench.service import LocalService, local_service
from animal.demo.animals import bundled_animals
from animal.demo.story import Person
from animal.recognition.bundled import model_files

MODEL_FILES_BAR_MB = 30
WEB_GROWTH_BAR_MB = 150
WORKER_GROWTH_BAR_MB = 300
SEARCHES = 6
PATIENCE_SECONDS = 180.0
SETTLE_SECONDS = 3.0
POLL_SECONDS = 0.05


def bench_recognition(*, photos: int, progress: Console) -> Results:
    """The model of the settings, in processes of its own kept to one core and to two."""
    cores = sorted(os.sched_getaffinity(0))
    results = Results("recognition", f"{photos} photos, 1600x1200 JPEG")
    with (
        tempfile.TemporaryDirectory(prefix="pawgle-bench-") as scratch,
        local_service(Path(scratch), **UNTHROTTLED) as service,
    ):
        for part, used in (("one_core", cores[:1]), ("throughput", cores[:2])):
            results.add_all_of(
                service.manage(
                    "bench_inside", part, "--count", str(photos), cores=set(used), show_progress=not progress.quiet
                )
            )
        files = model_files(settings.MODEL_DIR)
        total = sum(path.stat().st_size for path in files) / 1e6
        note = ", ".join(path.name for path in files)
        results.add("model files in total", total, "MB", bar=MODEL_FILES_BAR_MB, note=note)
        _add_memory(service, results)
    return results


def _add_memory(service: LocalService, results: Results) -> None:
    """What resident memory grows by when a process looks at its first photos, once they are read and at its highest."""
    service.start_worker()
    time.sleep(SETTLE_SECONDS)
    before = _resident(service, "worker")
    service.manage("seed_test_data")
    highest = _watch_worker(service, before)
    time.sleep(SETTLE_SECONDS)
    after = _grown(before, _resident(service, "worker"))
    results.add("worker grows by, all photos read", after, "MB", bar=WORKER_GROWTH_BAR_MB)
    results.add("worker grows by, at its highest", highest, "MB", bar=WORKER_GROWTH_BAR_MB)

    service.start_web()
    tokens = dict(line.split() for line in service.manage("demo_links", "--tokens").splitlines())
    person = Person("finder", service.base_url)
    person.sign_in(tokens["finder"])
    before, highest = _resident(service, "web"), 0.0
    for animal in bundled_animals()[:SEARCHES]:
        with animal.second_photo.open("rb") as photo:
            person.request("POST", "/api/auth/pets/search/", files={"image": photo})
        highest = max(highest, _grown(before, _resident(service, "web")))
    time.sleep(SETTLE_SECONDS)
    after = _grown(before, _resident(service, "web"))
    results.add(f"web grows by, after {SEARCHES} photo searches", after, "MB", bar=WEB_GROWTH_BAR_MB)
    results.add("web grows by, right after the largest of them", highest, "MB", bar=WEB_GROWTH_BAR_MB)


def _watch_worker(service: LocalService, before: dict[int, float]) -> float:
    """The most that any process of the worker has grown by, until no photo is left to be read."""
    highest, deadline = 0.0, time.monotonic() + PATIENCE_SECONDS
    code = (
        "from animal.core.models import BackgroundTask as T;"
        "print('left:', T.objects.exclude(state='done').exclude(state='failed').count())"
    )
    while time.monotonic() < deadline:
        until = time.monotonic() + 1.0
        while time.monotonic() < until:
            highest = max(highest, _grown(before, _resident(service, "worker")))
            time.sleep(POLL_SECONDS)
        if "left: 0" in service.manage("shell", "-v0", "-c", code):
            return highest
    raise httpx.TimeoutException(f"the worker did not read the demo's photos within {PATIENCE_SECONDS:.0f} s")


def _resident(service: LocalService, which: str) -> dict[int, float]:
    """MB (10^6 bytes) by process id."""
    started = service.worker if which == "worker" else service.web
    if started is None:
        raise RuntimeError(f"the {which} process is not running")
    root = psutil.Process(started.pid)
    return {process.pid: process.memory_info().rss / 1e6 for process in [root, *root.children(recursive=True)]}


def _grown(before: dict[int, float], after: dict[int, float]) -> float:
    """Of the process that has grown most. One that is new is held against the largest that there was."""
    return max(size - before.get(pid, max(before.values())) for pid, size in after.items())
