"""What a fault has at hand: the service's processes, its servers and database, and those who file reports."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dj_database_url
import httpx
from django.db import DatabaseError, connections, models

from animal.bench.drills.filing import PLACE, TIMEOUT_SECONDS, Filing, small_photo
from animal.bench.drills.filing import form as report_form
from animal.bench.drills.servers import SERVERS, Server
from animal.bench.reunion import UNTHROTTLED
from animal.bench.service import LocalService
from animal.core.models import BackgroundTask
from animal.demo.animals import bundled_animals
from animal.demo.story import Person

ALIAS = "drilled"
POLL_SECONDS = 0.1
# The rules are the same with 20, 30 and 30 s. The first is as ever: on a busy machine loading the model takes long.
SHORT_WAITS = {"TASK_TIMEOUT_SECONDS": "20", "TASK_LEASE_SECONDS": "21", "TASK_WAIT_SECONDS": "3"}
LONG_SESSIONS = {"JWT_ACCESS_TOKEN_LIFETIME_MINUTES": "1440"}
FINDERS = ("finder", "stranger", "moderator", "finder")
State = BackgroundTask.State
PREPARE = (
    "from django.core.management import call_command;"
    "call_command('migrate', verbosity=0); call_command('demo_links', '--tokens')"
)
UNFINISHED = (State.PENDING, State.PROCESSING)


class DrillFailed(Exception):
    """The drill itself could not be held. The message says why."""


@dataclass
class Scene:
    service: LocalService
    folder: Path
    servers: dict[str, Server]
    filing: Filing
    owner: Person
    watcher: Person
    kills: int = 0
    database_outages: int = 0
    broke_at: float | None = None
    healed_at: float | None = None
    notes: dict[str, float] = field(default_factory=dict)
    # Requests that were under way when the database fell silent and did not go on: whether a COMMIT of theirs had taken
    # effect by then, nobody can have told them.
    cut_short: frozenset[int] = frozenset()

    def broken(self) -> None:
        self.broke_at = self.broke_at or time.monotonic()

    def healed(self) -> None:
        """Everything works again from now on."""
        self.healed_at = time.monotonic()

    def wait_for_share(self, share: float) -> None:
        """Until this share of the reports has been accepted."""
        wanted = share * self.filing.total
        self.wait_for(lambda: self.filing.taken >= wanted or self.filing.is_over, seconds=600, what="nothing is filed")

    def wait_for(self, condition: Callable[[], object], *, seconds: float, what: str) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise DrillFailed(f"After {seconds:.0f} s: {what}. See the logs in {self.service.directory}.")
            time.sleep(POLL_SECONDS)

    def tasks(self) -> dict[str, int]:
        """How many tasks are in each state. Empty while the database does not answer."""
        try:
            rows = rows_of(BackgroundTask).values_list("state").annotate(models.Count("pk"))
            return dict(rows)
        except DatabaseError:
            connections[ALIAS].close()
            return {}

    def tasks_left(self) -> int:
        states = self.tasks()
        return sum(states.get(state, 0) for state in UNFINISHED)


def rows_of(model: type[Any]) -> Any:
    """The rows of the service that is drilled, not of the operator's own."""
    return model._default_manager.using(ALIAS)


@contextmanager
def scene(folder: Path, *, needs: Sequence[str], environment: dict[str, str], total: int, seed: int) -> Iterator[Scene]:
    """A service with what the drill needs, its people signed in, one animal reported lost; nothing is filed yet."""
    servers: dict[str, Server] = {}
    settings = {**UNTHROTTLED, **SHORT_WAITS, **LONG_SESSIONS, **environment}
    service: LocalService | None = None
    try:
        for name in needs:
            server, more = SERVERS[name](folder)
            settings.update(more)
            if server is not None:
                servers[name] = server
        service = LocalService(folder / "var", settings)
        _look_into(service)
        # One process for both, since starting it takes longer than what it does.
        tokens = dict(line.split() for line in service.manage("shell", "-v0", "-c", PREPARE).splitlines())
        service.start_web()
        people = {role: _signed_in(service, role, token) for role, token in tokens.items()}
        _set_the_stage(people["owner"], people["neighbour"])
        filing = Filing(service.base_url, [_again(people[role]) for role in FINDERS], total, seed)
        yield Scene(service, folder, servers, filing, people["owner"], people["neighbour"])
    finally:
        if service is not None:
            service.stop()
        if ALIAS in connections.databases:
            connections[ALIAS].close()
        for server in servers.values():
            server.stop()


def _look_into(service: LocalService) -> None:
    url = service.environment.get("DATABASE_URL") or f"sqlite:///{service.directory / 'pawgle.sqlite3'}"
    connections.databases[ALIAS] = {**connections.databases["default"], **dj_database_url.parse(url), "OPTIONS": {}}
    with suppress(AttributeError):  # None yet: this is the first drill of this process.
        del connections[ALIAS]


def _signed_in(service: LocalService, role: str, token: str) -> Person:
    person = Person(role, service.base_url)
    person.http.timeout = httpx.Timeout(TIMEOUT_SECONDS)
    person.sign_in(token)
    return person


def _again(person: Person) -> Person:
    """The same person on another device."""
    other = Person(person.name, str(person.http.base_url))
    other.http.timeout = httpx.Timeout(TIMEOUT_SECONDS)
    other.http.headers["Authorization"] = person.http.headers["Authorization"]
    return other


def _set_the_stage(owner: Person, watcher: Person) -> None:
    hero = bundled_animals()[0]
    photo = {"image": ("a.jpg", small_photo(hero, random.Random(0)), "image/jpeg")}
    owner.request(
        "POST", "/api/auth/pets/report/", status=201, data=report_form(hero, "lost", "drill: lost"), files=photo
    )
    area = {"label": "home", "center_lat": PLACE[0], "center_lon": PLACE[1], "radius_km": 5}
    watcher.request("POST", "/api/auth/alerts/", status=201, json=area)
