"""With a part of recognition down everything else works, and what waited is done soon after the mending, once."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django_q.models import OrmQ
from qdrant_client import QdrantClient
from rest_framework.test import APIClient

from animal.conftest import Actor
from animal.core.models import BackgroundTask
from animal.core.tasks import tasks_sweep
from animal.core.tests.worker import work_off
from animal.images.tests.stored import keep_on_disk
from animal.matching.models import PetMatch
from animal.recognition import bundled
from animal.recognition.index import qdrant_connection
from animal.recognition.models import GalleryEntry
from animal.recognition.services import INDEX_TASK
from animal.web.tests.steps import browser_of

# With real commits: a broken table must break no transaction but its own.
pytestmark = pytest.mark.django_db(transaction=True)

PHOTOS = Path(django_settings.BASE_DIR) / "animal" / "demo" / "photos"
Outage = Callable[[], AbstractContextManager[None]]


def photo(name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("photo.jpg", (PHOTOS / name).read_bytes(), content_type="image/jpeg")


def let_time_pass(minutes: float) -> None:
    """Move everything that waits into the past, and let the sweeper have its turn, as it has every minute."""
    shift = timedelta(minutes=minutes)
    for task in BackgroundTask.objects.all():
        task.run_at -= shift
        task.woken_at -= shift
        if task.lease_until:
            task.lease_until -= shift
        task.save()
    for queued in OrmQ.objects.all():
        queued.lock -= shift
        queued.save()
    tasks_sweep()


@pytest.fixture(autouse=True)
def _own_store(settings: Any, tmp_path: Path) -> None:
    keep_on_disk(settings, tmp_path / "media")


@pytest.fixture
def unreadable_models(settings: Any, tmp_path: Path) -> Outage:
    """A cache below a regular file, where nothing can be read or written, for a process that has loaded no network."""

    @contextmanager
    def outage() -> Iterator[None]:
        blocker, cache = tmp_path / "a-file", settings.MODEL_DIR
        blocker.write_text("in the way")
        settings.MODEL_DIR = blocker / "models"
        yield
        settings.MODEL_DIR = cache

    return outage


@pytest.fixture
def damaged_models(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Outage:
    """The weights that ship with us are cut short, for a process that has loaded no network. Mended under way."""

    @contextmanager
    def outage() -> Iterator[None]:
        whole, weights = Path(settings.MODEL_DIR), tmp_path / "weights"
        weights.mkdir()
        for file in whole.iterdir():
            (weights / file.name).write_bytes(file.read_bytes()[:1000])
        settings.MODEL_DIR = weights
        monkeypatch.setattr(bundled, "WEIGHTS_DIR", weights)
        yield
        for file in whole.iterdir():
            (weights / file.name).write_bytes(file.read_bytes())

    return outage


@pytest.fixture
def broken_gallery() -> Outage:
    """The gallery's table cannot be read or written, as between two releases of the schema."""
    quoted = connection.ops.quote_name
    table, column, aside = quoted(GalleryEntry._meta.db_table), quoted("change"), quoted("change_aside")

    @contextmanager
    def outage() -> Iterator[None]:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table} RENAME COLUMN {column} TO {aside}")
            try:
                yield
            finally:
                cursor.execute(f"ALTER TABLE {table} RENAME COLUMN {aside} TO {column}")

    return outage


@pytest.fixture
def dead_qdrant(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Outage]:
    """A port at which nobody listens; afterwards qdrant-client's own engine, empty."""

    @contextmanager
    def outage() -> Iterator[None]:
        settings.QDRANT_CLUSTER_ENDPOINT = "http://127.0.0.1:9"
        qdrant_connection.default_connection.cache_clear()
        yield
        # Its own engine, in memory, says that payload indexes do nothing there.
        warnings.simplefilter("ignore", UserWarning)
        client = QdrantClient(":memory:")
        monkeypatch.setattr(qdrant_connection, "connect", lambda: client)
        qdrant_connection.default_connection.cache_clear()

    with warnings.catch_warnings():
        yield outage
    qdrant_connection.default_connection.cache_clear()


@pytest.fixture
def pictures_gone(settings: Any, tmp_path: Path) -> Outage:
    """The volume with the pictures is not mounted: an empty folder in its place."""

    @contextmanager
    def outage() -> Iterator[None]:
        elsewhere = tmp_path / "unmounted"
        settings.MEDIA_ROOT.rename(elsewhere)
        settings.MEDIA_ROOT.mkdir()
        yield
        settings.MEDIA_ROOT.rename(tmp_path / "mount-point")
        elsewhere.rename(settings.MEDIA_ROOT)

    return outage


@pytest.fixture
def pictures_unreadable(settings: Any, tmp_path: Path) -> Outage:
    """A file in the place of the store: nothing can be read or written below it."""

    @contextmanager
    def outage() -> Iterator[None]:
        elsewhere = tmp_path / "aside"
        settings.MEDIA_ROOT.rename(elsewhere)
        settings.MEDIA_ROOT.write_text("in the way")
        yield
        settings.MEDIA_ROOT.unlink()
        elsewhere.rename(settings.MEDIA_ROOT)

    return outage


class Story:
    """An owner who misses a cat, a finder who has it, and a neighbour who watches the area."""

    place = {"latitude": "48.137", "longitude": "11.575"}

    def __init__(self, owner: Actor, finder: Actor, neighbour: Actor) -> None:
        self.owner, self.finder, self.neighbour = owner, finder, neighbour
        area = {"center_lat": 48.137, "center_lon": 11.575, "radius_km": 5}
        assert neighbour.post("/api/auth/alerts/", area).status_code == 201

    def file_everything(self) -> None:
        form = {
            "name": "Chelsea",
            "category": "Domestic",
            "type": "Cats",
            "breed": "Tabby",
            "images": photo("chelsea/a.jpg"),
        }
        answer = self.owner.multipart("/api/auth/pets/add/", form)
        assert answer.status_code == 201, answer.content
        self.pet = answer.json()["pet"]
        self.lost = self._report(self.owner, "lost", pet_id=self.pet["id"])
        self.found = self._report(self.finder, "found", image=photo("chelsea/b.jpg"))

    def _report(self, by: Actor, status: str, **more: Any) -> int:
        form = {"animal_name": "N/A", "category": "Domestic", "type": "Cats", "breed": "Unknown", "status": status}
        answer = by.multipart("/api/auth/pets/report/", {**form, **self.place, **more})
        assert answer.status_code == 201, answer.content
        return int(answer.json()["id"])

    def assert_everything_else_works(self) -> None:
        """What needs no recognition: alerts, tag, map, chat, contact form, new reports. Nothing is a match yet."""
        assert self.verbs(self.neighbour).count("nearby_alert") == 2, self.verbs(self.neighbour)
        tag = self.pet["animal_id"]
        assert self.finder.get(f"/api/auth/found/{tag}/").json()["name"] == "Chelsea"
        assert Client().get(f"/found/{tag}").status_code == 200
        assert len(self.finder.get("/api/auth/pets/locations/").json()) == 2
        self.assert_people_can_talk()
        self.third = self._report(self.neighbour, "found")
        assert not PetMatch.objects.exists()

    def assert_people_can_talk(self) -> None:
        started = self.neighbour.post("/api/auth/chat/conversations/start/", {"pet_location_id": self.found})
        assert started.status_code == 200, started.content
        path = f"/api/auth/chat/conversations/{started.json()['id']}/messages/"
        words = ["Is it well?", "Yes, it eats."]
        for actor, body in zip((self.neighbour, self.finder), words, strict=True):
            assert actor.multipart(path, {"body": body}).status_code == 201
        assert [message["body"] for message in self.neighbour.get(path).json()["messages"]] == words
        form = {"pet_location_id": self.lost, "contact_name": "Ria", "contact_email": "ria@example.org"}
        answer = APIClient().post(
            "/api/auth/pets/contact-owner/", {**form, "message": "I saw her."}, format="multipart"
        )
        assert answer.status_code == 200, answer.content

    def assert_reports_can_be_resolved(self) -> None:
        for status in ("resolved", "found", "resolved"):
            path = f"/api/auth/pets/locations/{self.third}/status/"
            assert self.neighbour.post(path, {"status": status}).status_code == 200

    def statuses(self) -> set[str]:
        pet = self.owner.get(f"/api/auth/pets/{self.pet['id']}/feature-status/").json()["feature_status"]
        return {pet, self.finder.get(f"/api/v1/reports/{self.found}/").json()["feature_status"]}

    def verbs(self, actor: Actor) -> list[str]:
        return [item["verb"] for item in actor.get("/api/auth/notifications/").json()["notifications"]]

    def search(self) -> Any:
        return self.finder.multipart("/api/auth/pets/search/", {"image": photo("chelsea/b.jpg")})

    def assert_reunited_once(self) -> None:
        assert self.statuses() == {"completed"}
        match = PetMatch.objects.get()
        assert (match.owner, match.finder, match.found_report_id) == (self.owner.user, self.finder.user, self.found)
        for actor in (self.owner, self.finder):
            assert self.verbs(actor).count("auto_match") == 1, self.verbs(actor)
        assert self.verbs(self.owner).count("feature_extraction_complete") == 1
        assert not {"feature_extraction_failed"} & {*self.verbs(self.owner), *self.verbs(self.finder)}
        assert self.verbs(self.neighbour).count("nearby_alert") == 2
        subjects = [message.subject for message in mail.outbox]
        assert subjects.count("Chelsea may have been found") == 1, subjects
        assert subjects.count("The owner of the animal that you found may be here") == 1, subjects
        assert "Chelsea" in [result["pet"]["name"] for result in self.search().json()["results"]]
        states = BackgroundTask.objects.exclude(state="done").values_list("name", "state", "error")
        assert not states, list(states)


@pytest.fixture
def story(owner: Actor, finder: Actor, stranger: Actor) -> Story:
    return Story(owner, finder, stranger)


def assert_search_asks_to_come_back(story: Story) -> None:
    answer = story.search()
    assert answer.status_code == 503, answer.content
    assert answer.json()["detail"]
    assert int(answer["Retry-After"]) > 0


def assert_made_good_once(story: Story) -> None:
    """Within five minutes of the mending, without a command; and nothing is done again after that."""
    let_time_pass(minutes=5)
    work_off()
    story.assert_reunited_once()
    for _ in range(3):
        let_time_pass(minutes=5)
        work_off()
    story.assert_reunited_once()


def let_a_long_outage_pass() -> None:
    """Longer than the retries of a failing task, which are over after 60 + 120 + 240 seconds."""
    for _ in range(5):
        work_off()
        let_time_pass(minutes=5)


@pytest.mark.parametrize("outage", ["unreadable_models", "damaged_models"])
def test_models_that_cannot_be_read_hold_nothing_up_but_matching(story: Story, outage: str, request) -> None:
    with request.getfixturevalue(outage)():
        story.file_everything()
        let_a_long_outage_pass()
        assert story.statuses() == {"pending"}
        story.assert_everything_else_works()
        story.assert_reports_can_be_resolved()
        assert_search_asks_to_come_back(story)
    assert_made_good_once(story)


def test_without_qdrant_the_databases_vectors_are_searched_and_qdrant_knows_everything_once_it_is_back(
    story: Story, dead_qdrant: Outage
) -> None:
    with dead_qdrant():
        story.file_everything()
        let_a_long_outage_pass()
        assert "Chelsea" in [result["pet"]["name"] for result in story.search().json()["results"]]
        assert PetMatch.objects.exists(), "matching does not wait for Qdrant"
        waiting = BackgroundTask.objects.filter(name=INDEX_TASK).exclude(state="done")
        assert waiting.count() == 2, "the pet and the found report"
    assert_made_good_once(story)
    call_command("sync_qdrant", "--check")


def test_with_a_gallery_too_large_for_memory_a_dead_qdrant_holds_nothing_up_but_matching(
    story: Story, dead_qdrant: Outage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("animal.recognition.index.fallback.MAX_VECTORS", -1)
    with dead_qdrant():
        story.file_everything()
        let_a_long_outage_pass()
        assert story.statuses() == {"completed"}, "the photos are read; the vectors are in the database"
        story.assert_everything_else_works()
        story.assert_reports_can_be_resolved()
        assert_search_asks_to_come_back(story)
    work_off()  # Qdrant is new and empty: it is filled first, and matching tried again a minute later.
    assert_made_good_once(story)


def test_a_gallery_that_is_broken_holds_nothing_up_but_matching(story: Story, broken_gallery: Outage) -> None:
    story.file_everything()
    with broken_gallery():
        let_a_long_outage_pass()
        assert story.statuses() == {"pending"}
        story.assert_everything_else_works()
        story.assert_reports_can_be_resolved()
        assert_search_asks_to_come_back(story)
    assert_made_good_once(story)


def test_what_cannot_be_taken_out_of_a_broken_gallery_is_not_half_resolved(
    story: Story, broken_gallery: Outage
) -> None:
    """The gallery is part of the database: who resolves a report whose photo is in it is asked to come back."""
    story.file_everything()
    work_off()
    path = f"/api/auth/pets/locations/{story.found}/status/"
    with broken_gallery():
        answer = story.finder.post(path, {"status": "resolved"})
        assert (answer.status_code, answer["Retry-After"]) == (503, "5")
        browser = browser_of(story.finder)
        browser.raise_request_exception = False
        page = browser.post(f"/reports/{story.found}/status", {"status": "resolved"}, HTTP_ACCEPT_LANGUAGE="de")
        assert (page.status_code, page["Retry-After"], page["Content-Language"]) == (503, "5", "de")
        assert 'class="brand"' in page.content.decode(), "a page as the others, which looks nobody up"
    assert story.finder.get(f"/api/v1/reports/{story.found}/").json()["status"] == "found"
    assert story.finder.post(path, {"status": "resolved"}).status_code == 200


@pytest.mark.parametrize("outage", ["pictures_gone", "pictures_unreadable"])
def test_a_picture_store_that_is_away_is_waited_for(story: Story, outage: str, request) -> None:
    story.file_everything()  # Accepted; then the store goes away before anybody has looked at the photos.
    with request.getfixturevalue(outage)():
        let_a_long_outage_pass()
        assert story.statuses() == {"pending"}
        story.assert_everything_else_works()
        story.assert_reports_can_be_resolved()
    assert_made_good_once(story)


def test_a_photo_that_cannot_be_stored_now_is_refused_with_the_time_to_come_back(
    story: Story, pictures_unreadable: Outage
) -> None:
    story.file_everything()
    reports = len(story.finder.get("/api/auth/pets/locations/").json())
    with pictures_unreadable():
        form = {"animal_name": "N/A", "category": "Domestic", "type": "Cats", "breed": "Unknown", "status": "found"}
        upload = {"image": photo("chelsea/b.jpg")}
        answer = story.finder.multipart("/api/auth/pets/report/", {**form, **story.place, **upload})
        assert answer.status_code == 503, answer.content
        assert int(answer["Retry-After"]) > 0
    assert len(story.finder.get("/api/auth/pets/locations/").json()) == reports
