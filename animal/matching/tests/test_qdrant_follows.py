"""What Qdrant knows of pets and reports follows what people do to them, over HTTP, also through an outage."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management import call_command
from qdrant_client import QdrantClient

from animal.conftest import Actor
from animal.core.tests.test_outages import let_time_pass
from animal.matching.tests.test_real_photos import file_report, photo, register
from animal.recognition.index import qdrant_connection
from animal.recognition.tests.conftest import collections_make
from animal.recognition.tests.qdrant_process import QdrantServer

pytestmark = pytest.mark.django_db
Payload = dict[str, Any]


@pytest.fixture(params=["in memory", pytest.param("over HTTP", marks=pytest.mark.stack)])
def told(request: Any, work_off: Callable[[], int]) -> Callable[[str], Payload | None]:
    """What Qdrant knows of the only pet or report, once the worker has told it; None when it knows none."""
    client = request.getfixturevalue("qdrant_over_http" if request.param == "over HTTP" else "qdrant")
    collections_make()
    return lambda kind: _only(client, kind, work_off)


def _only(client: QdrantClient, kind: str, work_off: Callable[[], int]) -> Payload | None:
    work_off()
    points, _ = client.scroll(f"pawgle_{kind}s", with_payload=True)
    assert len(points) <= 1
    return points[0].payload if points else None


def test_an_edited_report(finder: Actor, told: Callable[[str], Payload | None]) -> None:
    report = file_report(finder, "found", photo("chelsea/b.jpg"))
    path = f"/api/v1/reports/{report['id']}/"
    before = told("report")
    assert (before["location_id"], before["status"], before["species"]) == (report["id"], "found", "cat")
    assert (before["pet_type"], before["pet_breed"], before["pet_id"]) == ("Cats", "Unknown", None)
    assert finder.client.patch(path, {"type": "Dogs", "breed": "Poodle"}).status_code == 200
    after = told("report")
    assert (after["pet_type"], after["pet_breed"]) == ("Dogs", "Poodle")
    assert after["species"] == "", "the photo shows a cat, so it may be either"
    assert finder.client.patch(path, {"latitude": 47.1, "longitude": 10.2}).status_code == 200
    moved = told("report")
    assert (round(moved["location"]["lat"]), round(moved["location"]["lon"])) == (47, 10)
    assert moved["cell"] != before["cell"]


def test_a_resolved_reopened_and_deleted_report(finder: Actor, told: Callable[[str], Payload | None]) -> None:
    """B8"""
    report = file_report(finder, "found", photo("chelsea/b.jpg"))
    status = f"/api/auth/pets/locations/{report['id']}/status/"
    assert told("report") is not None
    assert finder.post(status, {"status": "resolved"}).status_code == 200
    assert told("report") is None
    assert finder.post(status, {"status": "found"}).status_code == 200
    assert told("report")["status"] == "found"
    assert finder.delete(f"/api/v1/reports/{report['id']}/").status_code == 204
    assert told("report") is None


def test_a_hidden_report(finder: Actor, moderator: Actor, told: Callable[[str], Payload | None]) -> None:
    report = file_report(finder, "found", photo("chelsea/b.jpg"))
    what = {"kind": "report", "id": report["id"], "reason": "spam"}
    assert told("report") is not None
    assert moderator.post("/api/v1/moderation/hide/", what).status_code == 200
    assert told("report") is None
    assert moderator.post("/api/v1/moderation/unhide/", what).status_code == 200
    assert told("report") is not None


def test_a_pet_that_is_edited_lost_found_again_and_deleted(owner: Actor, told: Callable[[str], Payload | None]) -> None:
    """B8"""
    pet = register(owner, "chelsea")
    before = told("pet")
    assert (before["pet_id"], before["status"], before["is_public"]) == (pet["id"], "home", False)
    assert (before["species"], before["type"], before["breed"]) == ("cat", "Cats", "Tabby")
    edit = f"/api/auth/pets/{pet['id']}/edit/"
    assert owner.put(edit, {"breed": "Persian", "isPublic": True}).status_code == 200
    after = told("pet")
    assert (after["breed"], after["is_public"]) == ("Persian", True)
    report = file_report(owner, "lost", animal_name="Chelsea", pet_id=str(pet["id"]))
    assert told("pet")["status"] == "lost"
    assert owner.post(f"/api/auth/pets/locations/{report['id']}/status/", {"status": "resolved"}).status_code == 200
    assert told("pet")["status"] == "home"
    assert owner.delete(f"/api/auth/pets/{pet['id']}/delete/").status_code == 204
    assert told("pet") is None


def test_another_species_of_a_pet_and_the_report_about_it(owner: Actor, told: Callable[[str], Payload | None]) -> None:
    pet = register(owner, "chelsea", kind="Dogs")
    file_report(owner, "lost", photo("chelsea/b.jpg"), animal_name="Chelsea", type="Dogs", pet_id=str(pet["id"]))
    assert (told("pet")["species"], told("report")["species"]) == ("dog", "dog")
    assert told("report")["pet_id"] == pet["id"]
    assert owner.put(f"/api/auth/pets/{pet['id']}/edit/", {"type": "Cats", "breed": "Tabby"}).status_code == 200
    assert (told("pet")["species"], told("pet")["type"]) == ("cat", "Cats")
    assert (told("report")["species"], told("report")["pet_type"]) == ("cat", "Cats")


@pytest.fixture
def stopped(qdrant_server: QdrantServer) -> Iterator[QdrantServer]:
    """A server that takes connections and never answers, until it is woken."""
    qdrant_server.process.send_signal(signal.SIGSTOP)
    yield qdrant_server
    qdrant_server.process.send_signal(signal.SIGCONT)


@pytest.mark.stack
def test_what_happens_while_qdrant_hangs_is_made_good_when_it_goes_on(
    owner: Actor,
    finder: Actor,
    work_off: Callable[[], int],
    qdrant_over_http: QdrantClient,
    request: Any,
) -> None:
    collections_make()
    one = file_report(finder, "found", photo("chelsea/b.jpg"))
    two = file_report(finder, "found", photo("rusty/a.jpg"))
    work_off()
    server = request.getfixturevalue("stopped")
    assert finder.client.patch(f"/api/v1/reports/{one['id']}/", {"breed": "Tabby"}).status_code == 200
    assert finder.delete(f"/api/v1/reports/{two['id']}/").status_code == 204
    register(owner, "chelsea")
    work_off()
    answer = owner.multipart("/api/auth/pets/search/", {"image": photo("chelsea/a.jpg")})
    assert [found["pet"]["name"] for found in answer.json()["results"]][:1] == ["Chelsea"], "from the database"
    assert owner.get("/api/v1/matches/").json()["results"], "matching does not wait either"
    server.process.send_signal(signal.SIGCONT)
    let_time_pass(minutes=5)
    qdrant_connection.default_connection.cache_clear()  # Its rest is over.
    work_off()
    call_command("sync_qdrant", "--check")
