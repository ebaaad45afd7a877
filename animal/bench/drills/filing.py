"""People who file reports over HTTP, each from a thread of their own, while something breaks."""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO

import httpx
from PIL import Image, ImageEnhance

from animal.demo.animals import Animal, bundled_animals
from animal.demo.story import Person

PATH = "/api/auth/pets/report/"
PHOTO_PX = 480
PLACE = (28.6139, 77.2090)
LONGEST_PAUSE_SECONDS = 1.0
PATIENCE_SECONDS = 180.0
# Longer than the slowest request may take, so that one that hangs is seen as such.
TIMEOUT_SECONDS = 30.0
# One in so many tells of an animal that is lost; the others found the one whose owner looks for it.
ONE_IN = 10


@dataclass
class Attempt:
    """One request. `marker` stands in the report's description, so that the database can be asked for it."""

    marker: str
    keyed: bool
    status: int  # 0: no answer at all.
    seconds: float
    retry_after: bool = False
    said: str = ""
    number: int = 0  # Of the request, as in `Filing.under_way`.


@dataclass
class Filing:
    """`total` reports by several people; a refused one is sent again until it is taken.

    Every second one carries an Idempotency-Key, and is the same request each time. The others carry none, and each
    try has a marker of its own, so that one which was refused and written all the same is found.
    """

    base_url: str
    people: Sequence[Person]
    total: int
    seed: int
    attempts: list[Attempt] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._numbers = iter(range(self.total))
        self._lock = threading.Lock()
        self._released = threading.Semaphore(0)
        self._taken = 0
        self._asked = itertools.count(1)
        self._under_way: set[int] = set()
        self._stop = threading.Event()
        self._animals = bundled_animals()
        self._threads = [threading.Thread(target=self._file_all, args=(person,), daemon=True) for person in self.people]

    def start(self, *, released: int | None = None) -> None:
        """With `released` no more than so many are filed until `release` is called."""
        self.release(self.total if released is None else released)
        for thread in self._threads:
            thread.start()

    def release(self, count: int) -> None:
        for _ in range(count):
            self._released.release()

    @property
    def taken(self) -> int:
        """How many have been accepted, or given up."""
        return self._taken

    @property
    def under_way(self) -> frozenset[int]:
        """The numbers of the requests that have no answer yet."""
        with self._lock:
            return frozenset(self._under_way)

    @property
    def is_over(self) -> bool:
        return not any(thread.is_alive() for thread in self._threads)

    def wait(self) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS + self.total
        for thread in self._threads:
            thread.join(max(deadline - time.monotonic(), 0))
        self._stop.set()

    def _file_all(self, person: Person) -> None:
        for number in self._mine():
            self._file(person, number)
            with self._lock:
                self._taken += 1

    def _mine(self) -> Iterator[int]:
        while True:
            with self._lock:
                number = next(self._numbers, None)
            if number is None:
                return
            while not self._released.acquire(timeout=0.2):
                if self._stop.is_set():
                    return
            yield number

    def _file(self, person: Person, number: int) -> None:
        animal, status = self._animals[0], "found"
        if number % ONE_IN == ONE_IN - 1:
            animal, status = self._animals[1 + number // ONE_IN % (len(self._animals) - 1)], "lost"
        photo = small_photo(animal, random.Random(f"{self.seed} {number}"))
        keyed, deadline, again = number % 2 == 0, time.monotonic() + PATIENCE_SECONDS, 0
        while not self._stop.is_set() and time.monotonic() < deadline:
            marker = f"drill {self.seed} {number}" if keyed else f"drill {self.seed} {number} try {again}"
            with self._lock:
                request = next(self._asked)
                self._under_way.add(request)
            try:
                attempt, pause = self._ask(person, form(animal, status, marker), photo, marker, keyed=keyed)
            finally:
                with self._lock:
                    self._under_way.discard(request)
            attempt.number = request
            with self._lock:
                self.attempts.append(attempt)
            if pause is None:
                return
            time.sleep(pause)
            again += 1

    def _ask(
        self, person: Person, fields: dict[str, str], photo: bytes, marker: str, *, keyed: bool
    ) -> tuple[Attempt, float | None]:
        """What came of it, and for how long to wait before the next try: None when there is to be none."""
        headers = {"Idempotency-Key": marker.replace(" ", "-")} if keyed else {}
        begun = time.perf_counter()
        try:
            answer = person.http.post(
                PATH, data=fields, files={"image": ("a.jpg", photo, "image/jpeg")}, headers=headers
            )
        except httpx.HTTPError as error:
            return Attempt(marker, keyed, 0, time.perf_counter() - begun, said=type(error).__name__), 0.2
        attempt = Attempt(marker, keyed, answer.status_code, time.perf_counter() - begun)
        if answer.is_success:
            return attempt, None
        attempt.said = answer.text[:300]
        attempt.retry_after = "Retry-After" in answer.headers
        # 409: an earlier try with this key is still on its way.
        waits = answer.status_code in (409, 503) and attempt.retry_after
        return attempt, min(float(answer.headers["Retry-After"]), LONGEST_PAUSE_SECONDS) if waits else None


def form(animal: Animal, status: str, marker: str) -> dict[str, str]:
    return {
        "animal_name": "N/A",
        "category": animal.category,
        "type": animal.type,
        "breed": "Unknown",
        "status": status,
        "description": marker,
        "latitude": str(PLACE[0]),
        "longitude": str(PLACE[1]),
        "last_seen_date": datetime.now(UTC).date().isoformat(),
    }


def small_photo(animal: Animal, dice: random.Random) -> bytes:
    """The animal's second photo, cut and lit a little differently each time: some 30 kB."""
    with Image.open(animal.second_photo) as opened:
        photo = opened.convert("RGB")
    photo.thumbnail((PHOTO_PX, PHOTO_PX))
    left, top = (dice.randrange(8) for _ in range(2))
    photo = photo.crop((left, top, photo.width - dice.randrange(8), photo.height - dice.randrange(8)))
    photo = ImageEnhance.Brightness(photo).enhance(dice.uniform(0.9, 1.1))
    buffer = BytesIO()
    photo.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()
