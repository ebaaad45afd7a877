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
from animal.demo.story import Person, expect

PHOTO_SIZE = (4000, 3000)
ANSWER_P95_BAR_MS = 600
NOTIFICATION_P95_BAR_MS = 2000
WEB_BEFORE_SEARCH_BAR_MB = 180
WEB_AFTER_SEARCH_BAR_MB = 320
WORKER_PROCESS_BAR_MB = 450
PATIENCE_SECONDS = 60.0
POLL_SECONDS = 0.02
_SCOPES = ("ANON", "USER", "LOGIN", "REPORT_PET", "PET_SEARCH")
UNTHROTTLED = {f"THROTTLE_{scope}_RATE": "1000000/min" for scope in _SCOPES}


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
        service.manage("seed_test_data", "--work")
        service.start_web(cores={cores[0]})
        service.start_worker(cores={cores[-1]})
        return _measure(service, reports, progress)


def _measure(service: LocalService, reports: int, progress: Console) -> Results:
    hero = bundled_animals()[0]
    photos = [twelve_megapixels(hero, seed) for seed in range(min(reports, 5))]
    owner, finder = _signed_in(service, "owner"), _signed_in(service, "finder")
    _report_hero_lost(owner, hero)
    _file_and_wait(owner, finder, hero, photos[0])  # Opens connections and loads the model: not counted.
    answers, notifications = [], []
    with Progress(console=progress) as bar:
        for number in bar.track(range(reports), description="found reports"):
            answer, notification = _file_and_wait(owner, finder, hero, photos[number % len(photos)])
            answers.append(answer)
            notifications.append(notification)
    megabytes = sum(map(len, photos)) / len(photos) / 1e6
    size = "x".join(map(str, PHOTO_SIZE))
    results = Results("reunion", f"{reports} found reports, {size} JPEG, {megabytes:.1f} MB each")
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
    note = f"{len(worker)} processes in its tree"
    results.add("largest worker process", max(worker), "MB", bar=WORKER_PROCESS_BAR_MB, note=note)


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


def _file(finder: Person, hero: Animal, photo: bytes) -> int:
    report: dict[str, Any] = finder.json(
        "POST",
        "/api/auth/pets/report/",
        status=201,
        data=_form(hero, "found"),
        files={"image": ("phone.jpg", photo, "image/jpeg")},
    )
    return int(report["id"])


def _file_and_wait(owner: Person, finder: Person, hero: Animal, photo: bytes) -> tuple[float, float]:
    """File one found report; (ms until the answer, ms from the answer until the owner's notification of it exists)."""
    known = _newest_told(owner)
    begun = time.perf_counter()
    report_id = _file(finder, hero, photo)
    answered = time.perf_counter()
    while _newest_told(owner) <= known:
        if time.perf_counter() - answered > PATIENCE_SECONDS:
            raise httpx.TimeoutException(f"no notification within {PATIENCE_SECONDS:.0f} s")
        time.sleep(POLL_SECONDS)
    waited = time.perf_counter() - answered
    newest = owner.json("GET", "/api/v1/matches/", params={"page_size": 1})["results"][0]
    expect(newest["found"]["report_id"] == report_id, "the notification is not of the report that was filed")
    return (answered - begun) * 1000, waited * 1000


def _newest_told(owner: Person) -> int:
    """The id of the newest notification of a match: it grows with every one."""
    told = owner.json("GET", "/api/auth/notifications/")["notifications"]
    newest = [notification["id"] for notification in told if notification["verb"] == "auto_match"]
    return max(newest, default=0)
