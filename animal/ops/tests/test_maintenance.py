"""B74: while maintenance is on, people are asked to come back, probes and staff get through, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import CommandError
from django.test import override_settings

from animal.conftest import Actor
from animal.core.tests.test_redis_away import redis_at
from animal.ops import maintenance
from animal.ops.models import Deployment
from animal.ops.tests.backups import manage

ELSEWHERE = "https://client.pawgle.example"


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.VAR_DIR = tmp_path
    yield
    maintenance.maintenance_end()


@pytest.fixture
def closed() -> None:
    manage("maintenance", "on", "--reason", "a new disk")


def test_b74_the_api_answers_503_with_a_sentence_and_when_to_come_back(
    closed: None, owner: Actor, settings: Any
) -> None:
    settings.CORS_ALLOWED_ORIGINS = [ELSEWHERE]
    for answer in (owner.get("/api/auth/profile/"), owner.post("/api/auth/pets/", {}), owner.get("/api/nonsense/")):
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
        assert answer.json()["code"] == "maintenance"
        assert answer.json()["detail"] == maintenance.SENTENCE
    answer = owner.get("/api/auth/profile/", HTTP_ORIGIN=ELSEWHERE)
    assert answer.headers["Access-Control-Allow-Origin"] == ELSEWHERE, "a web client elsewhere may read the sentence"


@pytest.mark.django_db
def test_b74_a_browser_gets_a_page_and_the_reason_stays_ours(closed: None, client: Any) -> None:
    for path in ("/", "/found/ANI-0000-0000-0000-0000", "/media/photos/aa/x.jpg"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
        assert "Back in a few minutes" in answer.content.decode()
        assert "a new disk" not in answer.content.decode()
        assert answer.headers["Content-Security-Policy"]
        assert "web/site" in answer.content.decode(), "it is in the design of the other pages"
    assert "Zurück in wenigen Minuten" in client.get("/", HTTP_ACCEPT_LANGUAGE="de").content.decode()


@pytest.mark.django_db
def test_b74_probes_and_the_admin_stay_open(closed: None, client: Any) -> None:
    assert [client.get(path).status_code for path in ("/health/", "/api/health/", "/ready/")] == [200, 200, 200]
    assert client.get("/admin/login/").status_code == 200


@pytest.mark.django_db
def test_b74_afterwards_everything_is_as_before(closed: None, client: Any) -> None:
    assert "a new disk" in manage("maintenance", "status")
    assert "was on already" in manage("maintenance", "on")
    assert "is off" in manage("maintenance", "off")
    assert client.get("/").status_code == 200
    assert manage("maintenance", "status").strip() == "Off."
    assert "was off already" in manage("maintenance", "off")


@pytest.mark.django_db
def test_b74_what_began_maintenance_ends_it_and_no_one_else(settings: Any) -> None:
    with maintenance.maintenance("outer"):
        with maintenance.maintenance("inner"):
            pass
        assert maintenance.maintenance_is_on(), "the inner block did not begin it"
    assert not maintenance.maintenance_is_on()
    with pytest.raises(ValueError, match="half done"), maintenance.maintenance("fails"):
        raise ValueError("half done")
    assert maintenance.maintenance_is_on(), "what is half done is not for people to meet"


def test_b74_hosts_that_share_a_cache_share_maintenance(settings: Any, tmp_path: Path) -> None:
    settings.REDIS_URL = settings.REDIS_URL or "redis://shared.example"  # The cache of this test run stands for it.
    manage("maintenance", "on")
    settings.VAR_DIR = tmp_path / "another host"
    assert maintenance.maintenance_is_on()
    manage("maintenance", "off")
    assert not maintenance.maintenance_is_on()
    assert cache.get(maintenance.CACHE_KEY) is None


@pytest.mark.parametrize(
    "command", [["maintenance", "on"], ["deploy", "--maintenance", "--skip-backup", "--skip-static"]]
)
@pytest.mark.django_db(transaction=True)
def test_b74_what_the_other_hosts_cannot_be_told_is_not_begun(command: list[str]) -> None:
    """A stand-in for Redis in the memory of this one process would be told, and nobody else."""
    with override_settings(REDIS_URL="redis://127.0.0.1:1/0", CACHES=redis_at("127.0.0.1:1")):
        with pytest.raises(CommandError, match=r"^Redis .* does not take it \(ConnectionError\)\. .* not begun\.$"):
            manage(*command)
        assert not maintenance.maintenance_is_on()
    assert not Deployment.objects.exists()


def test_b74_who_ends_it_is_told_when_the_other_hosts_cannot_be(closed: None) -> None:
    with (
        override_settings(REDIS_URL="redis://127.0.0.1:1/0", CACHES=redis_at("127.0.0.1:1")),
        pytest.raises(CommandError, match=r"off on this host.*ConnectionError.*`maintenance off` again"),
    ):
        manage("maintenance", "off")
    assert not maintenance._path().exists(), "off on this host"
