"""Mixed traffic at an even rate for a long time, while the worker is busy: errors, times and memory."""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import numpy as np
from rich.console import Console
from rich.progress import Progress

from animal.bench.drills.filing import PATH, PLACE, form, small_photo
from animal.bench.drills.scene import Scene, scene
from animal.bench.results import Results
from animal.demo.animals import bundled_animals
from animal.demo.story import Person

P99_BAR_MS = 500.0
GROWTH_BAR_PERCENT = 5.0
CLIENTS = 16
# Models and connections are there, and caches are full, once this share of the time is over.
WARM_UP = 0.2
# Of twenty requests one files a report, whose photo the worker reads, and one deletes an old one: as many are open at
# the end as after the warm-up, so that what grows is not the answers.
READS = (
    *("/api/auth/notifications/", "/api/auth/notifications/", "/api/auth/chat/conversations/"),
    *("/api/auth/profile/", "/api/auth/user/pet-locations/", "/api/v1/matches/"),
    "/api/auth/pets/locations/?bbox=77.19,28.60,77.22,28.63",
)
ONE_IN = 20
OPEN_REPORTS = 200
# Degrees on each side of the place: a town of some 40 km.
TOWN = 0.2


@dataclass
class Seen:
    milliseconds: list[float] = field(default_factory=list)
    unexpected: Counter[str] = field(default_factory=Counter)
    # Who filed which, the oldest first.
    filed: deque[tuple[Person, int]] = field(default_factory=deque)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, milliseconds: float, problem: str) -> None:
        with self.lock:
            self.milliseconds.append(milliseconds)
            if problem:
                self.unexpected[problem] += 1


def soak(folder: Path, *, minutes: float, rate: float, seed: int, progress: Console) -> Results:
    """`rate` requests per second, each sent at its time whether or not the earlier ones have been answered."""
    results = Results(
        "soak",
        f"{minutes:g} minutes of {rate:g} requests/s, one in {ONE_IN} files a report with a photo, one in {ONE_IN} "
        "deletes an old one",
    )
    with scene(folder, needs=(), environment={}, total=0, seed=seed) as everything:
        everything.service.start_worker()
        people = [everything.owner, everything.watcher, *everything.filing.people]
        seen, memory = Seen(), _Memory(everything)
        count, numbers, begun = int(minutes * 60 * rate), itertools.count(), time.monotonic()
        with ThreadPoolExecutor(CLIENTS) as pool, Progress(console=progress) as bar:
            for number in bar.track(itertools.islice(numbers, count), total=count, description="requests"):
                due = begun + number / rate
                time.sleep(max(due - time.monotonic(), 0))
                pool.submit(_one, people[number % len(people)], number, seed, due, seen)
                if number == int(count * WARM_UP):
                    memory.warm()
        left = everything.tasks_left()
        _report(results, seen, memory, left)
    return results


def _one(person: Person, number: int, seed: int, due: float, seen: Seen) -> None:
    problem = ""
    try:
        if number % ONE_IN == 0:
            answer = _filed(person, number, seed, seen)
        elif number % ONE_IN == ONE_IN // 2 and len(seen.filed) > OPEN_REPORTS:
            reporter, report_id = seen.filed.popleft()
            answer = reporter.http.delete(f"/api/v1/reports/{report_id}/")
        else:
            answer = person.http.get(READS[number % len(READS)])
        if not answer.is_success:
            problem = f"{answer.status_code} {answer.request.url.path}"
    except httpx.HTTPError as error:
        problem = type(error).__name__
    seen.note((time.monotonic() - due) * 1000, problem)


def _filed(person: Person, number: int, seed: int, seen: Seen) -> httpx.Response:
    """A report somewhere in town."""
    hero, dice = bundled_animals()[0], random.Random(f"{seed} {number}")
    fields = form(hero, "found", f"soak {number}")
    fields |= {"latitude": str(PLACE[0] + dice.uniform(-TOWN, TOWN))}
    fields |= {"longitude": str(PLACE[1] + dice.uniform(-TOWN, TOWN))}
    photo = {"image": ("a.jpg", small_photo(hero, dice), "image/jpeg")}
    answer = person.http.post(PATH, data=fields, files=photo)
    if answer.is_success:
        seen.filed.append((person, int(answer.json()["id"])))
    return answer


class _Memory:
    """MB of the web and worker processes, after the warm-up and now."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.before: dict[str, float] = {}

    def warm(self) -> None:
        self.before = self.now()

    def now(self) -> dict[str, float]:
        service = self._scene.service
        processes = {"web": service.web, "worker": service.worker}
        return {name: sum(service.resident_mb(process)) for name, process in processes.items()}


def _report(results: Results, seen: Seen, memory: _Memory, left: int) -> None:
    errors = sum(seen.unexpected.values())
    note = "; ".join(f"{count} x {what}" for what, count in seen.unexpected.most_common(5))
    results.add("requests", len(seen.milliseconds), "")
    results.add("errors", errors, "", bar=0, note=note)
    for percentile in (50, 95, 99):
        value = float(np.percentile(seen.milliseconds, percentile))
        results.add(f"answer, p{percentile}", value, "ms", bar=P99_BAR_MS if percentile == 99 else None)
    for name, now in memory.now().items():
        before = memory.before.get(name, now)
        growth = (now - before) / before * 100
        results.add(
            f"memory of {name}, growth", growth, "%", bar=GROWTH_BAR_PERCENT, note=f"{before:.0f} to {now:.0f} MB"
        )
    results.add("tasks left at the end", left, "")
