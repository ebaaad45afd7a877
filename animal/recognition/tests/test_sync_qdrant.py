"""Qdrant follows the database, and `sync_qdrant` proves and mends it."""

from __future__ import annotations

import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from qdrant_client import QdrantClient, models

from animal.core.models import BackgroundTask
from animal.core.tests.worker import work_off
from animal.recognition.errors import IndexUnavailable
from animal.recognition.index import SearchQuery, get_index, qdrant_connection
from animal.recognition.index.qdrant_points import point_id
from animal.recognition.models import GalleryEntry
from animal.recognition.providers import get_embedder
from animal.recognition.services import gallery_remove, gallery_update
from animal.recognition.tests.gallery import put, unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def sync(*args: str) -> str:
    out = StringIO()
    call_command("sync_qdrant", *args, stdout=out)
    return out.getvalue()


def points(client: QdrantClient, collection: str = "pawgle_pets") -> dict[str, dict]:
    return {str(point.id): point.payload for point in client.scroll(collection, limit=1000)[0]}


def test_without_qdrant_the_command_says_so_and_succeeds() -> None:
    assert "Qdrant is not configured" in sync()
    assert "Qdrant is not configured" in sync("--check")


def test_an_unreachable_qdrant_fails_with_a_sentence(settings) -> None:
    settings.QDRANT_CLUSTER_ENDPOINT = "http://127.0.0.1:9"
    qdrant_connection.default_connection.cache_clear()
    with pytest.raises(CommandError, match="Qdrant does not answer"):
        sync()
    qdrant_connection.default_connection.cache_clear()


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
    assert {payload["side"] for payload in points(qdrant).values()} == {"home"}
    assert set(points(qdrant)) == {point_id("pet", 7, 0)}
    assert points(qdrant, "pawgle_reports") == {}
    assert sync("--check").count("0 are missing, 0 outdated, 0 stale") == 2


def test_the_older_services_point_ids_are_kept() -> None:
    assert point_id("pet", 123456, 0) == "c38eea6c-ddee-5f52-9d63-9a179fe68cf2"


def test_the_payload_holds_nothing_that_names_or_locates_a_person(qdrant: QdrantClient, rng) -> None:
    put("report", 1, unit(rng), latitude=48.1, longitude=11.5)
    work_off()
    (payload,) = points(qdrant, "pawgle_reports").values()
    assert payload.keys() == {
        "kind", "object_id", "slot", "version", "change", "side", "species", "species_detected", "owner_id",
        "is_public", "is_test", "cell", "location",
    }  # fmt: skip
    assert payload["location"] == {"lat": 48.1, "lon": 11.5}, "the blurred point, as the gallery holds no other"


def test_the_command_uploads_in_batches_and_deletes_stale_points(qdrant: QdrantClient, rng, settings) -> None:
    settings.QDRANT_CLUSTER_ENDPOINT = ""  # So that nothing is queued: Qdrant was switched on later.
    for object_id in range(1, 8):
        put("pet", object_id, unit(rng, 2))
    settings.QDRANT_CLUSTER_ENDPOINT = "http://qdrant.test:6333"
    with pytest.raises(CommandError, match="disagree"):
        sync("--check")
    assert "14 vectors written, 0 stale" in sync("--only", "pets", "--batch", "3")
    assert "pet: 14 vectors in the database; in Qdrant 0 are missing, 0 outdated, 0 stale." in sync("--check")
    older = models.PointStruct(id=point_id("pet", 999, 0), vector=[0.1] * 512, payload={"pet_id": 999})
    qdrant.upsert("pawgle_pets", [older])
    GalleryEntry.objects.filter(object_id=1).update(change=500)
    GalleryEntry.objects.filter(object_id=2).update(is_live=False)
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("sync_qdrant", "--check", stdout=out)
    assert "pet: 12 vectors in the database; in Qdrant 0 are missing, 2 outdated, 3 stale." in out.getvalue()
    assert "12 vectors written, 3 stale points deleted." in sync()
    assert "0 are missing, 0 outdated, 0 stale" in sync("--check")


def test_a_missing_point_is_found_by_the_check(qdrant: QdrantClient, rng) -> None:
    put("pet", 1, unit(rng, 2))
    work_off()
    sync("--check")
    qdrant.delete("pawgle_pets", [point_id("pet", 1, 1)])
    with pytest.raises(CommandError):
        sync("--check")


@pytest.mark.parametrize("size", ["0", "-5", "many", "100000"])
def test_a_useless_batch_size_is_refused(size: str) -> None:
    with pytest.raises(CommandError):
        sync("--batch", size)


def test_while_qdrant_is_down_the_task_waits_and_the_search_says_so(settings, rng) -> None:
    settings.QDRANT_CLUSTER_ENDPOINT = "http://127.0.0.1:9"
    qdrant_connection.default_connection.cache_clear()
    put("pet", 1, probe := unit(rng), version=get_embedder().version)
    work_off()
    assert BackgroundTask.objects.get().state == BackgroundTask.State.PENDING
    with pytest.raises(IndexUnavailable):
        get_index().search(SearchQuery(vectors=probe, kinds=["pet"], limit=1))
    qdrant_connection.default_connection.cache_clear()


class _Broken(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_error(503)

    def log_message(self, *args: object) -> None:
        """Quiet."""


def test_a_qdrant_that_answers_with_errors_is_down(settings, rng) -> None:
    with HTTPServer(("127.0.0.1", 0), _Broken) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.QDRANT_CLUSTER_ENDPOINT = f"http://127.0.0.1:{server.server_port}"
        qdrant_connection.default_connection.cache_clear()
        with pytest.raises(IndexUnavailable, match="503"):
            get_index().search(SearchQuery(vectors=unit(rng), kinds=["pet"], limit=1))
        server.shutdown()
    qdrant_connection.default_connection.cache_clear()


def test_a_qdrant_that_never_answers_is_given_up_in_time(settings, rng, monkeypatch) -> None:
    monkeypatch.setattr(qdrant_connection, "TIMEOUT_SECONDS", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.QDRANT_CLUSTER_ENDPOINT = f"http://127.0.0.1:{silent.getsockname()[1]}"
        qdrant_connection.default_connection.cache_clear()
        began = time.monotonic()
        with pytest.raises(IndexUnavailable):
            get_index().search(SearchQuery(vectors=unit(rng), kinds=["pet"], limit=1))
        assert time.monotonic() - began < 5
    qdrant_connection.default_connection.cache_clear()


def test_a_dropped_collection_is_made_again(qdrant: QdrantClient, rng) -> None:
    put("pet", 1, probe := unit(rng), version=get_embedder().version)
    work_off()
    query = SearchQuery(vectors=probe, kinds=["pet"], limit=1)
    assert len(get_index().search(query)) == 1
    qdrant.delete_collection("pawgle_pets")
    qdrant_connection.default_connection.cache_clear()  # Another process.
    sync()
    assert len(get_index().search(query)) == 1


def test_a_search_waits_when_qdrant_is_far_behind(qdrant: QdrantClient, rng, monkeypatch) -> None:
    monkeypatch.setattr("animal.recognition.index.qdrant.MAX_WAITING", 2)
    for object_id in (1, 2, 3):
        put("pet", object_id, unit(rng))
    query = SearchQuery(vectors=unit(rng), kinds=["pet"], limit=1)
    with pytest.raises(IndexUnavailable, match="catching up"):
        get_index().search(query)
    work_off()
    get_index().search(query)
