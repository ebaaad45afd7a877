"""How fast the API answers: requests per second, percentiles, statements and processor time, at 1 and at 16 clients.

One web process and an idle worker run as production runs them, on a scratch directory. Statements are counted in a
run of their own, with a middleware that the timed run has not. The limits on how often somebody may ask are lifted.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
from django.conf import settings
from django.contrib.auth.hashers import get_hasher
from rich.console import Console
from rich.progress import Progress

from animal.bench.counting import HEADER
from animal.bench.load import Call, Client, Measured, closed_loop, while_others
from animal.bench.population import Size
from animal.bench.results import Load, Results
from animal.bench.service import LocalService, local_service

POLLS = ("conversations", "messages?after=", "notifications")
POLL_P95_BAR_MS = 10.0
MANY_CLIENTS = 16
WARM_UP = 10
SIGN_INS = 5
UNTHROTTLED = {f"THROTTLE_{scope.upper()}_RATE": "1000000/min" for scope in settings.THROTTLE_RATES}


def bench_api(*, requests: int, rounds: int, size: Size, progress: Console) -> Results:
    """`requests` by one client, and as many by sixteen together, in each of `rounds`."""
    with tempfile.TemporaryDirectory(prefix="pawgle-bench-") as scratch:
        with local_service(Path(scratch), **UNTHROTTLED) as service:
            populated = json.loads(service.manage("bench_populate", *size.as_arguments()))
        sign_ins = sign_in_calls(populated)
        with _running(Path(scratch), DJANGO_SETTINGS_MODULE="animal.bench.counting_settings") as service:
            calls = [*api_calls(service, populated), sign_ins[0]]
            statements = {call.name: _statements(service, call) for call in calls}
        with _running(Path(scratch)) as service:
            calls = api_calls(service, populated)
            return _Bench(service, calls, sign_ins, statements, requests, rounds, progress).measure(str(size))


@contextmanager
def _running(directory: Path, **environment: str) -> Iterator[LocalService]:
    """One web process and an idle worker."""
    service = LocalService(directory, {**UNTHROTTLED, **environment, "WEB_CONCURRENCY": "1"})
    try:
        service.start_web()
        service.start_worker()
        yield service
    finally:
        service.stop()


def sign_in_calls(populated: dict[str, Any]) -> list[Call]:
    """One for each of the first people: an account, like an address, is slowed down when it tries too often."""
    bodies = [{"email": email, "password": populated["password"]} for email in populated["emails"][:MANY_CLIENTS]]
    return [Call("sign-in by password", "/api/auth/login/", "POST", body, may_be_turned_away=True) for body in bodies]


def api_calls(service: LocalService, populated: dict[str, Any]) -> list[Call]:
    """What the web client asks for most, as the measured person."""
    client = Client(service.port)
    access = client.send(sign_in_calls(populated)[0]).json()["access"]
    thread = f"/api/auth/chat/conversations/{populated['conversation_id']}/messages/"
    newest = client.send(Call("messages", thread, access=access)).json()["messages"][-1]["created_at"]
    client.close()
    mine = {
        "profile": "/api/auth/profile/",
        "my reports": "/api/auth/user/pet-locations/",
        "map of 500 reports": "/api/auth/pets/locations/",
        "conversations": "/api/auth/chat/conversations/",
        "messages?after=": f"{thread}?after={quote(newest)}",
        "notifications": "/api/auth/notifications/",
    }
    calls = [Call(name, path, access=access) for name, path in mine.items()]
    return [*calls, Call("page of a scanned tag", f"/found/{populated['tag']}")]


def _statements(service: LocalService, call: Call) -> int:
    """Of one request on a connection to the database that is open already."""
    client = Client(service.port)
    counts = []
    for _ in range(10):  # More often than there are threads, so that some thread answers twice.
        answer = client.send(call)
        if answer.status != call.status:
            raise RuntimeError(f"{call.name} answered {answer.status}: {answer.content[:300]!r}")
        counts.append(int(answer.headers[HEADER]))
    client.close()
    return min(counts)


class _Bench:
    def __init__(
        self,
        service: LocalService,
        calls: Sequence[Call],
        sign_ins: Sequence[Call],
        statements: dict[str, int],
        requests: int,
        rounds: int,
        progress: Console,
    ) -> None:
        self.service, self.statements = service, statements
        self.calls, self.sign_ins = calls, sign_ins
        self.requests, self.rounds = requests, rounds
        self.progress = progress
        self.unexpected: list[str] = []
        self.turned_away = 0

    def measure(self, data: str) -> Results:
        results = Results("api", f"{data}; limits lifted, one web process of 8 threads")
        before = max(self.service.resident_mb(self.service.web))
        with Progress(console=self.progress) as bar:
            for call in bar.track(self.calls, description="requests"):
                bar_ms = POLL_P95_BAR_MS if call.name in POLLS else None
                results.loads.append(self._load([call], clients=1, p95_bar=bar_ms))
                results.loads.append(self._load([call], clients=MANY_CLIENTS))
        sign_ins = min(SIGN_INS, self.requests)
        for clients in (1, MANY_CLIENTS):
            results.loads.append(self._load(self.sign_ins, clients=clients, requests=sign_ins * clients, warm_up=1))
        results.loads += [self._polled_meanwhile(call) for call in self.calls if call.name in POLLS]
        results.add(
            "sign-ins that were told to come back in a moment", self.turned_away, "", note=f"hasher: {_hasher()}"
        )
        results.add("web process, before", before, "MB")
        results.add("web process, after", max(self.service.resident_mb(self.service.web)), "MB")
        results.add("unexpected answers", len(self.unexpected), "", bar=0, note="; ".join(self.unexpected[:3])[:200])
        return results

    def _load(
        self,
        calls: Sequence[Call],
        *,
        clients: int,
        p95_bar: float | None = None,
        requests: int = 0,
        warm_up: int = WARM_UP,
    ) -> Load:
        """The round with the median p95: another program that wakes up spoils one round and not the figure."""
        each = max(1, (requests or self.requests) // clients)
        taken = []
        for _ in range(self.rounds):
            cpu = self.service.cpu_seconds(self.service.web)
            measured = closed_loop(self.service.port, calls, clients=clients, requests=each, warm_up=warm_up)
            cpu_ms = (self.service.cpu_seconds(self.service.web) - cpu) * 1000 / (clients * (each + warm_up))
            self._count(measured)
            taken.append(_load_of(calls[0], clients, measured, cpu_ms))
        taken.sort(key=lambda load: load.p95)
        middle = taken[len(taken) // 2]
        middle.statements, middle.best_p95, middle.bar = self.statements[calls[0].name], taken[0].p95, p95_bar
        middle.cpu_ms = min(load.cpu_ms or 0.0 for load in taken)
        return middle

    def _count(self, measured: Measured) -> None:
        self.unexpected += measured.unexpected
        self.turned_away += measured.turned_away

    def _polled_meanwhile(self, call: Call) -> Load:
        """One client polls while sixteen sign in without a pause."""

        def poll() -> Measured:
            return closed_loop(self.service.port, [call], clients=1, requests=max(self.requests // 4, 1), warm_up=2)

        measured, sign_ins = while_others(self.service.port, self.sign_ins, poll)
        self._count(measured)
        self._count(sign_ins)
        load = _load_of(replace(call, name=f"{call.name} while 16 sign in"), 1, measured, cpu_ms=None)
        load.note = f"{sign_ins.per_second:.1f} sign-ins/s"
        return load


def _load_of(call: Call, clients: int, measured: Measured, cpu_ms: float | None) -> Load:
    values = measured.milliseconds or [float("nan")]
    p50, p95, p99 = (float(np.percentile(values, percentile)) for percentile in (50, 95, 99))
    return Load(call.name, clients, measured.per_second, p50, p95, p99, cpu_ms=cpu_ms)


def _hasher() -> str:
    hasher: Any = get_hasher("default")
    rounds = getattr(hasher, "iterations", None)
    return f"{hasher.algorithm}, {rounds:,} rounds" if rounds else str(hasher.algorithm)
