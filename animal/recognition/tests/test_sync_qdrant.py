"""Qdrant follows the database, and `sync_qdrant` proves and mends it."""

from __future__ import annotations

from io import StringIO
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from qdrant_client import QdrantClient, models

from animal.core.models import BackgroundTask
from animal.core.tests.worker import work_off
from animal.recognition.errors import IndexUnavailable
from animal.recognition.index import SearchQuery, get_index, qdrant_connection
from animal.recognition.index.qdrant import QdrantIndex
from animal.recognition.index.qdrant_connection import Connection
from animal.recognition.index.qdrant_points import point_id
from animal.recognition.models import GalleryEntry
from animal.recognition.providers import get_embedder
from animal.recognition.services import gallery_remove, gallery_update, gallery_update_reports_of
from animal.recognition.tests.gallery import VERSION, put, unit

pytestmark = pytest.mark.django_db
AGREES = "0 are missing, 0 outdated, 0 altered, 0 stale"


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def sync(*args: str) -> str:
    out = StringIO()
    call_command("sync_qdrant", *args, stdout=out)
    return out.getvalue()


def check(*args: str) -> tuple[str, str]:
    """(what the check says of each fault, what it advises)."""
    out = StringIO()
    with pytest.raises(CommandError) as failed:
        call_command("sync_qdrant", "--check", *args, stdout=out)
    assert failed.value.returncode == 1
    return out.getvalue(), str(failed.value)


def points(client: QdrantClient, collection: str = "pawgle_pets") -> dict[str, dict]:
    return {str(point.id): point.payload for point in client.scroll(collection, limit=1000)[0]}


@pytest.fixture
def unsynced(qdrant: QdrantClient, rng, settings) -> QdrantClient:
    """Seven pets with two vectors each, from before Qdrant was switched on."""
    settings.QDRANT_CLUSTER_ENDPOINT = ""
    for object_id in range(1, 8):
        put("pet", object_id, unit(rng, 2))
    settings.QDRANT_CLUSTER_ENDPOINT = "http://qdrant.test:6333"
    return qdrant


def test_without_qdrant_the_command_says_so_and_succeeds() -> None:
    assert "Qdrant is not configured" in sync()
    assert "Qdrant is not configured" in sync("--check")


def test_an_unreachable_qdrant_fails_with_a_sentence(settings) -> None:
    settings.QDRANT_CLUSTER_ENDPOINT = "http://127.0.0.1:9"
    for arguments in ([], ["--check"]):
        with pytest.raises(CommandError, match="Qdrant does not answer"):
            sync(*arguments)


def test_the_worker_tells_qdrant_what_changed(qdrant: QdrantClient, rng) -> None:
    put("pet", 7, unit(rng, 3), latitude=48.1, longitude=11.5)
    put("report", 7, unit(rng))
    work_off()
    assert set(points(qdrant)) == {point_id("pet", 7, slot) for slot in range(3)}
    assert set(points(qdrant, "pawgle_reports")) == {point_id("report", 7, 0)}
    put("pet", 7, unit(rng))
    gallery_update(kind="pet", object_id=7, side="home")
    gallery_remove(kind="report", object_id=7)
    work_off()
    assert {payload["status"] for payload in points(qdrant).values()} == {"home"}
    assert set(points(qdrant)) == {point_id("pet", 7, 0)}
    assert points(qdrant, "pawgle_reports") == {}
    assert sync("--check").count(AGREES) == 2


def test_the_older_services_point_ids_are_kept() -> None:
    assert point_id("pet", 123456, 0) == "c38eea6c-ddee-5f52-9d63-9a179fe68cf2"


def test_the_payload_has_the_older_services_keys_and_ours_and_nothing_that_names_or_locates_a_person(
    qdrant: QdrantClient, rng
) -> None:
    put("pet", 7, unit(rng), pet_id=7, type="Cats", breed="Persian", category="Domestic", owner_id=3)
    put("report", 1, unit(rng), pet_id=7, type="Cats", breed="Persian", latitude=48.1, longitude=11.5)
    work_off()
    (pet,), (report,) = points(qdrant).values(), points(qdrant, "pawgle_reports").values()
    ours = {"slot", "version", "change", "status", "species", "species_detected", "is_test"}
    assert pet.keys() == ours | {"kind", "pet_id", "owner_id", "type", "breed", "category", "is_public"}
    assert report.keys() == ours | {
        "kind", "location_id", "pet_id", "owner_id", "pet_type", "pet_breed", "pet_category", "is_public",
        "cell", "location",
    }  # fmt: skip
    assert (pet["kind"], pet["pet_id"], pet["owner_id"], pet["type"]) == ("pet", 7, 3, "Cats")
    assert (report["kind"], report["location_id"], report["pet_id"], report["pet_breed"]) == (
        "report", 1, 7, "Persian",
    )  # fmt: skip
    assert report["location"] == {"lat": 48.1, "lon": 11.5}, "the blurred point, as the gallery holds no other"


def test_reports_about_a_pet_are_told_what_the_pet_is_now(qdrant: QdrantClient, rng) -> None:
    put("report", 1, unit(rng), pet_id=7, species="dog")
    put("report", 2, unit(rng), pet_id=8, species="dog")
    gallery_update_reports_of(pet_id=7, species="cat", breed="Persian")
    work_off()
    told = {payload["location_id"]: payload for payload in points(qdrant, "pawgle_reports").values()}
    assert (told[1]["species"], told[1]["pet_breed"], told[2]["species"]) == ("cat", "Persian", "dog")


def test_the_command_writes_in_batches_what_qdrant_does_not_have(unsynced: QdrantClient) -> None:
    said, advice = check()
    assert "pet: 14 vectors in the database; in Qdrant 14 are missing, 0 outdated, 0 altered, 0 stale." in said
    assert "Run sync_qdrant." in advice
    assert "pet: 14 vectors written, 0 were there." in sync("--only", "pets", "--batch", "3")
    assert f"pet: 14 vectors in the database; in Qdrant {AGREES}." in sync("--check")
    assert "pet: 0 vectors written, 14 were there." in sync()
    assert "pet: 14 vectors written, 0 were there." in sync("--everything")


def test_the_check_writes_nothing(unsynced: QdrantClient) -> None:
    check()
    assert not unsynced.collection_exists("pawgle_pets")
    assert not BackgroundTask.objects.exists()


def test_the_check_says_exactly_what_disagrees_and_what_to_do(unsynced: QdrantClient, rng) -> None:
    sync()
    unsynced.delete("pawgle_pets", [point_id("pet", 1, 1)])
    unsynced.set_payload("pawgle_pets", {"status": "found"}, [point_id("pet", 2, 0)])
    unsynced.update_vectors("pawgle_pets", [models.PointVectors(id=point_id("pet", 3, 0), vector=unit(rng)[0])])
    older = models.PointStruct(id=point_id("pet", 999, 0), vector=[0.1] * 512, payload={"pet_id": 999})
    unsynced.upsert("pawgle_pets", [older])
    said, advice = check()
    assert "pet: 14 vectors in the database; in Qdrant 1 are missing, 1 outdated, 1 altered, 1 stale." in said
    assert "pet 1, vector 1: is not in Qdrant" in said
    assert "pet 2, vector 0: status is 'found' in Qdrant and 'lost' in the database" in said
    assert "pet 3, vector 0: the vector is another one" in said
    assert f"point {older.id}: stands for nothing in the database" in said
    assert "Run sync_qdrant --everything --prune." in advice
    assert "pet: 2 vectors written, 12 were there." in sync()
    said, _ = check()
    assert "0 are missing, 0 outdated, 1 altered, 1 stale" in said
    assert "pet: 1 stale points deleted." in sync("--everything", "--prune")
    assert sync("--check").count(AGREES) == 2


def test_a_check_that_finds_much_shows_the_first_and_counts_the_others(unsynced: QdrantClient, monkeypatch) -> None:
    monkeypatch.setattr("animal.recognition.management.commands.sync_qdrant.SHOWN", 3)
    said, _ = check()
    assert said.count("is not in Qdrant") == 3
    assert "and 11 more, which --verbosity 2 shows" in said
    said, _ = check("--verbosity", "2")
    assert said.count("is not in Qdrant") == 14


def test_without_prune_nothing_is_deleted(unsynced: QdrantClient) -> None:
    sync()
    GalleryEntry.objects.filter(object_id=2).update(is_live=False)
    sync()
    assert "2 stale" in check()[0]
    assert "pet: 2 stale points deleted." in sync("--prune")
    assert sync("--check").count(AGREES) == 2


def test_what_waits_for_the_worker_is_named_by_the_check(qdrant: QdrantClient, rng) -> None:
    sync()
    work_off()
    put("pet", 1, unit(rng))
    assert "1 changes are on their way to it by themselves." in check()[1]


def test_check_goes_with_nothing_that_writes() -> None:
    for option in ("--prune", "--everything"):
        with pytest.raises(CommandError, match="--check writes nothing"):
            sync("--check", option)


class Killed(BaseException):
    """The process is gone at this point."""


class DiesAfter:
    """A client whose process is killed when it is about to write for the nth time."""

    def __init__(self, client: QdrantClient, writes: int) -> None:
        self._client, self._left, self.written = client, writes, 0

    def upsert(self, collection: str, points: list[Any], **options: Any) -> Any:
        if not self._left:
            raise Killed
        self._left -= 1
        self.written += len(points)
        return self._client.upsert(collection, points, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


def test_killed_half_way_it_goes_on_where_it_was_and_nothing_is_lost(unsynced: QdrantClient, monkeypatch) -> None:
    """C6"""
    first, second = DiesAfter(unsynced, 2), DiesAfter(unsynced, 100)
    monkeypatch.setattr(qdrant_connection, "connect", lambda: first)
    with pytest.raises(Killed):
        sync("--batch", "3")
    monkeypatch.setattr(qdrant_connection, "connect", lambda: second)
    assert "pet: 8 vectors written, 6 were there." in sync("--batch", "3")
    assert (first.written, second.written) == (6, 8)
    assert sync("--check").count(AGREES) == 2


def test_interrupted_by_a_person_it_says_that_it_goes_on(unsynced: QdrantClient, monkeypatch) -> None:
    class Interrupted(DiesAfter):
        def upsert(self, *args: Any, **options: Any) -> Any:
            raise KeyboardInterrupt

    monkeypatch.setattr(qdrant_connection, "connect", lambda: Interrupted(unsynced, 1))
    with pytest.raises(CommandError, match="goes on where it was") as stopped:
        sync()
    assert stopped.value.returncode == 130


def test_what_changes_while_the_command_writes_is_written_as_it_is_then(unsynced: QdrantClient, rng, monkeypatch):
    counting, ask = DiesAfter(unsynced, 100), Connection.ask
    monkeypatch.setattr(qdrant_connection, "connect", lambda: counting)

    def ask_and_see_others_write(self: Connection, *args: Any, **options: Any) -> Any:
        answer = ask(self, *args, **options)
        if counting.written == 3:
            counting.written += 1
            gallery_update(kind="pet", object_id=1, side="found")
            gallery_remove(kind="pet", object_id=2)
        return answer

    monkeypatch.setattr(Connection, "ask", ask_and_see_others_write)
    sync("--batch", "3")
    told = points(unsynced)
    assert {told[point_id("pet", 1, slot)]["status"] for slot in (0, 1)} == {"found"}
    assert point_id("pet", 2, 0) not in told


@pytest.mark.parametrize("size", ["0", "-5", "many", "100000"])
def test_a_useless_batch_size_is_refused(size: str) -> None:
    with pytest.raises(CommandError, match="a number from 1 to 1000"):
        sync("--batch", size)


def test_a_collection_that_is_missing_is_filled_by_the_worker_and_searches_do_not_see_half_of_it(
    unsynced: QdrantClient, rng, monkeypatch
) -> None:
    """Qdrant was switched on, set up anew, or somebody dropped the collection."""
    monkeypatch.setattr("animal.recognition.tasks.FILL_SECONDS", 0.0)
    monkeypatch.setattr("animal.recognition.tasks.UPLOAD_POINTS", 5)
    index = QdrantIndex(lambda: VERSION)
    query = SearchQuery(vectors=unit(rng), kinds=["pet"], limit=20)
    with pytest.raises(IndexUnavailable, match="no collection"):
        index.search(query)
    with pytest.raises(IndexUnavailable, match="being filled"):
        index.search(query)
    assert len(get_index().search(SearchQuery(vectors=unit(rng), kinds=["pet"], limit=20, version=VERSION))) == 7
    work_off()
    assert len(index.search(query)) == 7
    sync("--check", "--only", "pets")


def test_a_change_that_finds_no_collection_fills_it(unsynced: QdrantClient) -> None:
    gallery_update(kind="pet", object_id=1, side="found")
    work_off()
    sync("--check", "--only", "pets")


def test_searches_wait_while_the_command_fills_a_new_collection(unsynced: QdrantClient, rng) -> None:
    sync("--batch", "3")
    query = SearchQuery(vectors=unit(rng), kinds=["pet"], limit=20)
    with pytest.raises(IndexUnavailable, match="being filled"):
        QdrantIndex(lambda: VERSION).search(query)
    work_off()
    assert len(QdrantIndex(lambda: VERSION).search(query)) == 7


def test_a_dropped_collection_is_made_again(qdrant: QdrantClient, rng) -> None:
    put("pet", 1, probe := unit(rng), version=get_embedder().version)
    work_off()
    query = SearchQuery(vectors=probe, kinds=["pet"], limit=1)
    assert len(get_index().search(query)) == 1
    qdrant.delete_collection("pawgle_pets")
    qdrant_connection.default_connection.cache_clear()  # Another process.
    assert len(get_index().search(query)) == 1, "by the database's vectors"
    work_off()
    assert len(QdrantIndex(lambda: get_embedder().version).search(query)) == 1


def test_a_search_waits_when_qdrant_is_far_behind(qdrant: QdrantClient, rng, monkeypatch) -> None:
    monkeypatch.setattr("animal.recognition.index.qdrant.MAX_WAITING", 2)
    for object_id in (1, 2, 3):
        put("pet", object_id, unit(rng))
    index, query = QdrantIndex(lambda: VERSION), SearchQuery(vectors=unit(rng), kinds=["pet"], limit=1)
    with pytest.raises(IndexUnavailable, match="catching up"):
        index.search(query)
    work_off()
    assert len(index.search(query)) == 1
