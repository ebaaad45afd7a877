"""`kill -9` loses nothing that was accepted, and tells nobody twice. Real processes, real photos.

The worker at each of its steps: see test_drills.py.
"""

from __future__ import annotations

import email
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from animal.bench.reunion import UNTHROTTLED
from animal.bench.service import LocalService, local_service
from animal.bench.tests.seeded import seeded_service
from animal.demo.animals import bundled_animals
from animal.demo.story import Person
from animal.recognition.tests.next_model import NEXT

pytestmark = pytest.mark.stack

HERO = bundled_animals()[0]
PLACE = {"latitude": "28.613900", "longitude": "77.209000"}
# Short, so that a task of a killed worker comes back soon: the rules are the same.
SHORT_LEASES = {"TASK_TIMEOUT_SECONDS": "6", "TASK_LEASE_SECONDS": "7"}


@pytest.fixture
def service(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalService]:
    template = seeded_service(tmp_path_factory)
    # DEBUG, because only then may a process be told where to die.
    with local_service(tmp_path / "var", template, **UNTHROTTLED, **SHORT_LEASES, DEBUG="true") as running:
        running.start_web()
        yield running


@pytest.fixture
def people(service: LocalService) -> dict[str, Person]:
    tokens = dict(line.split() for line in service.manage("demo_links", "--tokens").splitlines())
    people = {role: Person(role, service.base_url) for role in ("owner", "finder", "stranger")}
    for role, person in people.items():
        person.sign_in(tokens[role])
    area = {"label": "home", "center_lat": 28.6139, "center_lon": 77.209, "radius_km": 5, "status_filter": "found"}
    people["stranger"].request("POST", "/api/auth/alerts/", status=201, json=area)
    return people


def file_found(finder: Person, note: str) -> int:
    form = {
        **PLACE,
        "animal_name": "N/A",
        "category": HERO.category,
        "type": HERO.type,
        "breed": "Unknown",
        "status": "found",
        "description": note,
    }
    with HERO.second_photo.open("rb") as photo:
        answer = finder.json("POST", "/api/auth/pets/report/", status=201, data=form, files={"image": photo})
    return int(answer["id"])


def wait_for(condition: Any, *, seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def wait_until_finished(service: LocalService) -> None:
    """Until no task is pending or processing; the sweeper runs at worker start and then every minute."""
    code = (
        "from animal.core.models import BackgroundTask as T;"
        "print('left:', list(T.objects.exclude(state='done').values_list('key', 'state', 'error')))"
    )
    wait_for(
        lambda: "left: []" in service.manage("shell", "-v0", "-c", code), seconds=100, what="tasks were left unfinished"
    )


def assert_all_done_once(service: LocalService, people: dict[str, Person], filed: list[int]) -> None:
    mine = {report["id"]: report for report in people["finder"].json("GET", "/api/auth/user/pet-locations/")}
    assert {mine[report_id]["feature_status"] for report_id in filed} == {"completed"}
    matches = people["owner"].json("GET", "/api/v1/matches/?page_size=200")["results"]
    matched = Counter(match["found"]["report_id"] for match in matches)
    assert {report_id: matched[report_id] for report_id in filed} == dict.fromkeys(filed, 1)
    for role in ("owner", "finder"):
        told = verbs(people[role])["auto_match"]
        assert told == sum(1 for match in matches if not match["is_question"]), role
    assert verbs(people["stranger"])["nearby_alert"] == len(filed)
    assert_each_mail_once(service, expected_at_least=3 * len(filed))


def verbs(person: Person) -> Counter[str]:
    return Counter(told["verb"] for told in person.json("GET", "/api/auth/notifications/")["notifications"])


def assert_each_mail_once(service: LocalService, *, expected_at_least: int) -> None:
    """A crash between sending and noting it may repeat a mail; then both copies carry one Message-ID."""
    code = (
        "from animal.core.models import OutgoingMail as M;"
        "print('mails:', M.objects.count(), M.objects.filter(sent_at=None).count())"
    )
    line = next(x for x in service.manage("shell", "-v0", "-c", code).splitlines() if x.startswith("mails:"))
    count, unsent = map(int, line.split()[1:])
    parts = [
        email.message_from_string(text)["Message-ID"]
        for file in (service.directory / "mail").iterdir()
        for text in file.read_text().split("-" * 79 + "\n")
        if "Message-ID" in text
    ]
    assert unsent == 0
    assert len(set(parts)) == count >= expected_at_least
    assert len(parts) <= count + 1


@pytest.mark.timeout(300)
def test_web_killed_right_after_its_answer_and_both_killed_lose_nothing(
    service: LocalService, people: dict[str, Person]
) -> None:
    service.start_worker()
    filed = []
    for victims in ("web", "both"):
        filed.append(file_found(people["finder"], f"killed {victims}"))
        service.kill(service.web)
        if victims == "both":
            service.kill(service.worker)
            service.start_worker()
        service.start_web()
    wait_until_finished(service)
    assert_all_done_once(service, people, filed)


@pytest.mark.timeout(300)
def test_a_worker_killed_while_a_new_model_takes_over_reads_the_rest_after_its_restart(
    service: LocalService, people: dict[str, Person]
) -> None:
    """The web process stays on the old release, as in a rolling deployment."""
    versions = (
        "from animal.recognition.models import GalleryEntry as G, ModelVersion as M;"
        "print('versions:', sorted(set(G.objects.filter(is_live=True).values_list('version', flat=True))),"
        "M.objects.filter(version='next-1').exclude(pass_finished_at=None).count())"
    )
    told_before = {role: verbs(person) for role, person in people.items()}
    for point in ("claimed", "embedded", "indexed"):
        service.start_worker(EMBEDDING_PROVIDER=NEXT, FAULT_KILL_AT=point)
        assert service.worker is not None
        assert service.worker.wait(timeout=40) == -signal.SIGKILL, f"the worker was not killed at {point}"
    service.start_worker(EMBEDDING_PROVIDER=NEXT)
    done = "versions: ['next-1'] 1"
    wait_for(lambda: done in service.manage("shell", "-v0", "-c", versions), seconds=150, what="the pass did not end")
    wait_until_finished(service)
    for role, person in people.items():
        assert verbs(person)["feature_extraction_complete"] == told_before[role]["feature_extraction_complete"]
        assert verbs(person)["feature_extraction_failed"] == 0
