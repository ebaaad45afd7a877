"""B65: how the service is, part by part, in bounded time, with the details for staff or a token only."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks
from django.db import connections
from django.test import Client
from django.utils import timezone

from animal.conftest import Actor
from animal.core.models import BackgroundTask, WorkerHeartbeat
from animal.images.tests.stored import keep_on_disk
from animal.ops import bounded, database, report
from animal.ops.bounded import Finding
from animal.ops.heartbeat import heartbeat_end, heartbeat_totals, heartbeat_write
from animal.ops.tests.http_service import http_service
from animal.ops.tests.silence import silent_service
from animal.recognition.tests.gallery import live_entry

TOKEN = "a token for monitors only"
BEARER = {"authorization": f"Bearer {TOKEN}"}
PARTS = {"database", "cache", "storage", "index", "embedding", "migrations", "worker", "queue"}


@pytest.fixture(autouse=True)
def _look_anew(settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    settings.METRICS_TOKEN = TOKEN
    keep_on_disk(settings, tmp_path)
    monkeypatch.setattr(database, "_migrated_once", False)
    monkeypatch.setattr(report, "KEPT_SECONDS", 0)
    # What answers is waited for, however busy the machine; `impatient` is for what never does.
    monkeypatch.setattr(report, "LONGEST_SECONDS", 30)
    monkeypatch.setattr("animal.ops.health.LONGEST_SECONDS", 30)
    yield
    report.forget_kept()
    bounded._waiting.clear()


@pytest.fixture
def a_worker(db: None) -> uuid.UUID:
    cluster = uuid.uuid4()
    heartbeat_write(cluster, workers=2, busy=1, started_at=timezone.now())
    return cluster


def details(client: Client) -> dict[str, Any]:
    return client.get("/api/v1/health/", headers=BEARER).json()


def test_b65_every_part_is_told_with_its_state_and_time(client: Client, a_worker: uuid.UUID) -> None:
    answer = client.get("/api/v1/health/", headers=BEARER)
    said = answer.json()
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    assert set(said) == {"status", "timestamp", "checks", "metadata", "total_response_time_ms"}
    assert set(said["checks"]) == PARTS
    for check in said["checks"].values():
        assert {"status", "response_time_ms", "error"} <= set(check)
        assert check["response_time_ms"] >= 0
    assert said["metadata"] == {"environment": "development", "version": "0.1.0", "debug": False}
    assert said["checks"]["worker"] | {"response_time_ms": 0} == {
        "status": "healthy",
        "response_time_ms": 0,
        "error": "",
        "workers": 2,
        "active_tasks": 1,
    }
    broken = {name: check["error"] for name, check in said["checks"].items() if check["status"] == "unhealthy"}
    assert broken == {}


# --- who is told ------------------------------------------------------------------------------------------------------


def test_weakness_15_only_staff_and_the_token_see_the_parts(
    owner: Actor, moderator: Actor, anonymous: Actor, client: Client
) -> None:
    for who in (anonymous, owner):
        assert set(who.get("/api/v1/health/").json()) == {"status", "timestamp"}
    assert "checks" in moderator.get("/api/v1/health/").json()
    client.force_login(moderator.user, backend="accounts.backends.EmailBackend")
    assert "checks" in client.get("/api/v1/health/").json(), "signed in to the admin in a browser"


@pytest.mark.parametrize(
    "sent", ["", "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", f"Basic {TOKEN}", TOKEN]
)
@pytest.mark.django_db
def test_another_token_is_none(client: Client, sent: str) -> None:
    assert "checks" not in client.get("/api/v1/health/", headers={"authorization": sent}).json()
    assert client.get("/metrics/", headers={"authorization": sent}).status_code == 401


@pytest.mark.django_db
def test_without_a_configured_token_an_empty_one_opens_nothing(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    assert "checks" not in client.get("/api/v1/health/", headers={"authorization": "Bearer "}).json()
    assert client.get("/metrics/", headers={"authorization": "Bearer "}).status_code == 401


@pytest.mark.django_db
def test_the_token_works_by_any_host_name_and_plain_http_like_the_probes(client: Client, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    inside = {**BEARER, "host": "10.0.0.7:8000"}
    assert client.get("/api/v1/health/", headers=inside).status_code == 200
    assert client.get("/metrics/", headers=inside).status_code == 200
    assert client.get("/api/v1/health/", headers={"host": "10.0.0.7:8000"}).status_code in (301, 400)


def test_a_token_that_is_easily_guessed_is_refused_at_the_start(settings: Any) -> None:
    settings.METRICS_TOKEN = "short"
    assert "METRICS_TOKEN must have at least 16 characters." in [
        message.msg for message in run_checks(tags=["security"])
    ]


# --- what degrades and what is fatal ----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_b65_a_missing_worker_degrades_and_is_not_fatal(client: Client) -> None:
    answer = client.get("/api/v1/health/", headers=BEARER)
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["checks"]["worker"]["error"] == "No worker has given a sign of life for 60 s."


def test_a_worker_that_is_silent_for_a_minute_is_missing(client: Client, a_worker: uuid.UUID) -> None:
    WorkerHeartbeat.objects.update(beat_at=timezone.now() - timedelta(seconds=61))
    assert details(client)["checks"]["worker"]["workers"] == 0
    heartbeat_write(a_worker, workers=2, busy=0, started_at=timezone.now())
    assert details(client)["checks"]["worker"]["workers"] == 2


def test_a_worker_that_was_stopped_in_order_is_not_counted(a_worker: uuid.UUID) -> None:
    heartbeat_end(a_worker)
    assert heartbeat_totals() == {"workers": 0, "busy": 0, "newest": None}


def test_rows_of_workers_that_were_killed_go_after_a_day(a_worker: uuid.UUID) -> None:
    WorkerHeartbeat.objects.update(beat_at=timezone.now() - timedelta(days=1, seconds=1))
    heartbeat_write(uuid.uuid4(), workers=1, busy=0, started_at=timezone.now())
    assert not WorkerHeartbeat.objects.filter(cluster=a_worker).exists()


def test_the_queue_tells_its_depth_and_the_age_of_its_oldest_task(client: Client, a_worker: uuid.UUID) -> None:
    now = timezone.now()
    for key, minutes, state in (("a", -1, "pending"), ("b", -6, "pending"), ("c", 5, "pending"), ("d", -60, "done")):
        due = now + timedelta(minutes=minutes)
        BackgroundTask.objects.create(key=key, name="x", target=key, run_at=due, woken_at=due, state=state)
    queue = details(client)["checks"]["queue"]
    assert (queue["status"], queue["depth"]) == ("degraded", 2)
    assert 360 <= queue["oldest_seconds"] <= 365
    BackgroundTask.objects.filter(key="b").delete()
    assert details(client)["checks"]["queue"]["status"] == "healthy"


def test_missing_migrations_are_fatal(client: Client, a_worker: uuid.UUID) -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'core'")
    answer = client.get("/api/v1/health/", headers=BEARER)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer.json()["status"] == "unhealthy"
    assert answer.json()["message"] == "A part without which nothing works is down."


def test_a_full_disk_degrades(client: Client, a_worker: uuid.UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("animal.ops.parts.FULL_BYTES", 1 << 62)
    assert details(client)["checks"]["storage"]["error"] == "The disk of the pictures is almost full."


def test_a_database_that_is_down_is_fatal_and_the_parts_in_it_are_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*args: Any, **kwargs: Any) -> dict[str, Finding]:
        found = found_before(*args, **kwargs)
        return {**found, "database": Finding("unhealthy", 0.1, "The database does not answer.")}

    found_before = report.look_at_all
    monkeypatch.setattr(report, "look_at_all", away)
    answer = Client().get("/api/v1/health/", headers=BEARER)  # Any query of this test would fail it.
    assert answer.status_code == 503
    assert answer.json()["checks"]["queue"]["error"] == "The database does not answer, so this cannot be known."


def test_a_bucket_that_is_not_there_is_unhealthy_and_named_but_not_fatal(
    client: Client, settings: Any, a_worker: uuid.UUID
) -> None:
    with http_service({}) as place:
        settings.STORAGES = s3_at(place.removeprefix("http://"), settings)
        answer = client.get("/api/v1/health/", headers=BEARER)
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    found = answer.json()["checks"]["storage"]
    assert (found["status"], found["kind"]) == ("unhealthy", "s3")
    assert found["error"] == "There is no bucket 'x' at CLOUDFLARE_S3_API. Make it, or mend CLOUDFLARE_BUCKET_NAME."


# --- what hangs -------------------------------------------------------------------------------------------------------


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "LONGEST_SECONDS", 0.4)
    monkeypatch.setattr("animal.ops.health.LONGEST_SECONDS", 0.4)


def redis_at(place: str) -> dict[str, Any]:
    return {"default": {"BACKEND": "animal.core.caches.CountedRedisCache", "LOCATION": f"redis://{place}/0"}}


def s3_at(place: str, settings: Any) -> dict[str, Any]:
    options = {"endpoint_url": f"http://{place}", "bucket_name": "x", "access_key": "x", "secret_key": "x"}
    return {**settings.STORAGES, "default": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}}


@pytest.mark.usefixtures("impatient")
def test_b65_nothing_that_hangs_hangs_the_answer(client: Client, settings: Any, a_worker: uuid.UUID) -> None:
    with silent_service() as place:
        settings.CACHES = redis_at(place)
        settings.STORAGES = s3_at(place, settings)
        settings.QDRANT_CLUSTER_ENDPOINT = f"http://{place}"
        settings.EMBEDDING_PROVIDER, settings.HUGGINGFACE_SPACE = "space", f"http://{place}"
        started = time.monotonic()
        answer = client.get("/api/v1/health/", headers=BEARER)
        assert time.monotonic() - started < 10
    assert answer.status_code == 503, "without a cache there are no throttles: see /ready/"
    late = {name for name, check in answer.json()["checks"].items() if check["error"] == "It did not answer in time."}
    assert late == {"cache", "storage", "index", "embedding"}
    assert answer.json()["checks"]["queue"]["status"] == "healthy"


@pytest.mark.usefixtures("impatient")
def test_a_part_that_hangs_costs_one_thread_however_often_it_is_asked(
    client: Client, settings: Any, a_worker: uuid.UUID
) -> None:
    with silent_service() as place:
        settings.QDRANT_CLUSTER_ENDPOINT = f"http://{place}"
        assert details(client)["checks"]["index"]["status"] == "unhealthy"
        first = bounded._waiting["index"]
        assert details(client)["checks"]["index"]["status"] == "unhealthy"
        assert bounded._waiting["index"] is first
    first.join(5)
    assert not first.is_alive(), "its client lets go in the end"


@pytest.mark.usefixtures("impatient")
@pytest.mark.django_db
def test_b66_a_hanging_cache_makes_not_ready_at_once(client: Client, settings: Any) -> None:
    assert client.get("/ready/").status_code == 200
    with silent_service() as place:
        settings.CACHES = redis_at(place)
        started = time.monotonic()
        answer = client.get("/ready/")
        assert time.monotonic() - started < 10
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer.json()["message"] == "The cache does not answer."


def test_what_a_client_raises_is_not_quoted(client: Client, settings: Any, a_worker: uuid.UUID) -> None:
    settings.CACHES = {"default": {**redis_at("x")["default"], "LOCATION": "redis://user:hunter2@127.0.0.1:1/0"}}
    check = details(client)["checks"]["cache"]
    assert check["error"] == "The cache does not answer. (ConnectionError)"
    assert "hunter2" not in str(check)


# --- index and recogniser ---------------------------------------------------------------------------------------------


def test_an_index_that_holds_another_number_than_the_database_degrades(
    client: Client, settings: Any, a_worker: uuid.UUID
) -> None:
    live_entry(1)
    with http_service({"POST /collections": {"result": {"count": 1}}}) as place:
        settings.QDRANT_CLUSTER_ENDPOINT = place
        disagreeing = details(client)["checks"]["index"]
        live_entry(2)
        agreeing = details(client)["checks"]["index"]
    assert disagreeing["error"] == "Qdrant holds 2 vectors and the database 1: run sync_qdrant."
    assert (agreeing["status"], agreeing["held"], agreeing["entries"]) == ("healthy", 2, 2)


def test_a_space_tells_the_state_of_the_breaker(client: Client, settings: Any, a_worker: uuid.UUID) -> None:
    with http_service({"GET /config": {}}) as place:
        settings.EMBEDDING_PROVIDER, settings.HUGGINGFACE_SPACE = "space", place
        said = details(client)["checks"]["embedding"]
    assert (said["status"], said["provider"], said["breaker"]) == ("healthy", "space", "closed")
    assert details(client)["checks"]["embedding"]["status"] == "unhealthy", "it is gone"
    assert details(client)["status"] == "degraded"


def test_what_was_found_is_told_again_for_a_moment(
    client: Client, a_worker: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anybody may ask, and each look costs a connection to every part."""
    monkeypatch.setattr(report, "KEPT_SECONDS", 60)
    first, second = details(client), details(client)
    assert first["timestamp"] == second["timestamp"]


def test_d17_and_s9_a_plain_health_address_answers_200(client: Client) -> None:
    """D17: GET /api/health. S9: GET /health. Neither needs anything but the process itself."""
    for path in ("/api/health", "/health"):
        assert (client.get(path).status_code, client.get(path).json()["status"]) == (200, "alive")
