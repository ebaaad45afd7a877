"""How long a finder waits for an answer, how soon the owner knows, and what memory the processes hold.

Starts web and worker as production does, on a scratch directory, seeds the demo animals, and files found reports with
a 12-megapixel photo of a lost animal over HTTP. The web process is kept to one core.
"""

from __future__ import annotations

import os
import tempfile
import time
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from django.utils import timezone
from PIL import Image
from rich.console import Console
from rich.progress import Progress

from animal.bench.results import Results
from animal.bench.service import LocalService, local_service
from animal.demo.animals import Animal, bundled_animals
from animal.demo.story import Person

PHOTO_SIZE = (4000, 3000)
ANSWER_P95_BAR_MS = 600
NOTIFICATION_P95_BAR_MS = 2000
WEB_BEFORE_SEARCH_BAR_MB = 180
WEB_AFTER_SEARCH_BAR_MB = 320
WORKER_PROCESS_BAR_MB = 450
PATIENCE_SECONDS = 60.0
UNTHROTTLED = {
    f"THROTTLE_{scope}_RATE": "1000000/min" for scope in ("ANON", "USER", "LOGIN", "REPORT_PET", "PET_SEARCH")
}


def twelve_megapixels(animal: Animal, seed: int) -> bytes:
    """The animal's second photo as a phone would deliver it: 4000x3000, sensor noise, JPEG quality 90 (3 to 6 MB)."""
    random = np.random.default_rng(seed)
    with Image.open(animal.second_photo) as photo:
        large = photo.convert("RGB").resize(PHOTO_SIZE, Image.Resampling.BICUBIC)
    pixels = np.asarray(large, dtype=np.int16)
    noise = random.normal(0, 5, size=(PHOTO_SIZE[1], PHOTO_SIZE[0], 1)).astype(np.int16)
    buffer = BytesIO()
    Image.fromarray(np.clip(pixels + noise, 0, 255).astype(np.uint8)).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def bench_reunion(*, reports: int, progress: Console) -> Results:
    cores = sorted(os.sched_getaffinity(0))
    with (
        tempfile.TemporaryDirectory(prefix="pawgle-bench-") as scratch,
        local_service(Path(scratch), **UNTHROTTLED) as service,
    ):
        service.manage("seed_test_data")
        service.start_web(cores={cores[0]})
        service.start_worker(cores={cores[-1]})
        return _measure(service, reports, progress)


def _measure(service: LocalService, reports: int, progress: Console) -> Results:
    hero = bundled_animals()[0]
    photos = [twelve_megapixels(hero, seed) for seed in range(min(reports, 5))]
    owner, finder = _signed_in(service, "owner"), _signed_in(service, "finder")
    _report_hero_lost(owner, hero)
    _file(finder, hero, photos[0])  # Opens connections and loads the model: not counted.
    _wait_for_match(owner, count=1)
    answers, notifications = [], []
    with Progress(console=progress) as bar:
        for number in bar.track(range(reports), description="found reports"):
            known = _matches_told(owner)
            begun = time.perf_counter()
            _file(finder, hero, photos[number % len(photos)])
            answered = time.perf_counter()
            answers.append((answered - begun) * 1000)
            _wait_for_match(owner, count=known + 1)
            notifications.append((time.perf_counter() - answered) * 1000)
    megabytes = sum(map(len, photos)) / len(photos) / 1e6
    results = Results(
        "reunion", f"{reports} found reports, {PHOTO_SIZE[0]}x{PHOTO_SIZE[1]} JPEG, {megabytes:.1f} MB each"
    )
    results.add_percentiles("answer to a found report (web on one core)", answers, "ms", p95_bar=ANSWER_P95_BAR_MS)
    results.add_percentiles(
        "owner's notification after the answer", notifications, "ms", p95_bar=NOTIFICATION_P95_BAR_MS
    )
    _add_memory(service, results, hero, finder)
    return results


def _add_memory(service: LocalService, results: Results, hero: Animal, finder: Person) -> None:
    web_before = max(service.resident_mb(service.web))
    with hero.second_photo.open("rb") as photo:
        finder.request("POST", "/api/auth/pets/search/", files={"image": photo})
    web_after = max(service.resident_mb(service.web))
    results.add("web process, before its first photo search", web_before, "MB", bar=WEB_BEFORE_SEARCH_BAR_MB)
    results.add("web process, after its first photo search", web_after, "MB", bar=WEB_AFTER_SEARCH_BAR_MB)
    worker = service.resident_mb(service.worker)
    results.add(
        "largest worker process",
        max(worker),
        "MB",
        bar=WORKER_PROCESS_BAR_MB,
        note=f"{len(worker)} processes in its tree",
    )


def _signed_in(service: LocalService, role: str) -> Person:
    tokens = dict(line.split() for line in service.manage("demo_links", "--tokens").splitlines())
    person = Person(role, service.base_url)
    person.sign_in(tokens[role])
    return person


def _form(animal: Animal, status: str) -> dict[str, str]:
    return {
        "animal_name": "N/A",
        "category": animal.category,
        "type": animal.type,
        "breed": "Unknown",
        "status": status,
        "description": "Bench",
        "latitude": "28.613900",
        "longitude": "77.209000",
        "contact_name": "",
        "contact_phone": "",
        "contact_email": "",
        "last_seen_date": timezone.now().date().isoformat(),
        "register_pet": "false",
    }


def _report_hero_lost(owner: Person, hero: Animal) -> None:
    pets: list[dict[str, Any]] = owner.json("GET", "/api/auth/profile/")["pets"]
    pet = next(pet for pet in pets if pet["name"] == hero.display_name)
    form = {**_form(hero, "lost"), "animal_name": pet["name"], "pet_id": str(pet["id"])}
    owner.request("POST", "/api/auth/pets/report/", status=201, data=form, files={"x": (None, "")})


def _file(finder: Person, hero: Animal, photo: bytes) -> None:
    finder.request(
        "POST",
        "/api/auth/pets/report/",
        status=201,
        data=_form(hero, "found"),
        files={"image": ("phone.jpg", photo, "image/jpeg")},
    )


def _matches_told(owner: Person) -> int:
    told = owner.json("GET", "/api/auth/notifications/")
    return int(told["unread_count"])


def _wait_for_match(owner: Person, *, count: int) -> None:
    """Wait until the owner has `count` unread notifications more than at the start of the bench."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while _matches_told(owner) < count:
        if time.monotonic() > deadline:
            raise httpx.TimeoutException(f"no notification within {PATIENCE_SECONDS:.0f} s")
        time.sleep(0.02)
