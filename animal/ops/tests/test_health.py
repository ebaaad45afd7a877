"""B66. Probes: alive says that requests are served, ready that the parts behind them work."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import override_settings

from animal.ops import database
from animal.ops.tests.processes import PYTHON, House, wait_until


@pytest.fixture(autouse=True)
def _look_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_migrated_once", False)


@pytest.mark.parametrize("path", ["/health/", "/health", "/api/health/", "/api/health"])
def test_b66_alive_needs_no_database(client: Client, path: str) -> None:
    # Without the db fixture any query would fail this test.
    answer = client.get(path)
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_b66_ready_when_the_database_answers_and_is_migrated(client: Client) -> None:
    answer = client.get("/ready/")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


@pytest.mark.django_db
def test_b66_not_ready_before_the_migrations(client: Client) -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'core'")
    answer = client.get("/ready/")
    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert answer.json()["message"] == "The database is not migrated to this release."
    assert answer.json()["status"] == "unavailable"


@pytest.mark.django_db
def test_once_ready_a_probe_costs_one_query(client: Client, django_assert_num_queries: object) -> None:
    client.get("/ready/")
    with django_assert_num_queries(1):  # type: ignore[operator]
        client.get("/ready/")


@pytest.mark.parametrize("path", ["/health/", "/ready/"])
@pytest.mark.django_db
def test_probes_come_by_any_host_name_and_by_plain_http(client: Client, path: str) -> None:
    with override_settings(SECURE_SSL_REDIRECT=True):
        assert client.get(path, headers={"host": "10.0.0.7:8000"}).status_code == 200
        assert client.get("/api/schema/", headers={"host": "10.0.0.7:8000"}).status_code in (301, 400)


@pytest.mark.parametrize("path", ["/health/", "/ready/"])
def test_probes_are_read_only(client: Client, path: str) -> None:
    answer = client.post(path)
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")
    assert answer.json()["code"] == "method_not_allowed"


@pytest.mark.stack
def test_a_database_that_goes_away_makes_not_ready_and_its_return_ready(tmp_path: Path) -> None:
    # A folder in the database's place is what SQLite cannot open; no server is needed to play an outage.
    house = House(tmp_path)
    house.manage("migrate", "--noinput")
    code = (
        "from django.test import Client; from django.db import connection; from pathlib import Path\n"
        "from django.conf import settings\n"
        "path = Path(settings.DATABASES['default']['NAME']); client = Client(); get = lambda: client.get('/ready/')\n"
        "first = get().status_code; connection.close(); path.rename(path.with_suffix('.away')); path.mkdir()\n"
        "second = get(); path.rmdir(); path.with_suffix('.away').rename(path)\n"
        "print(first, second.status_code, second.json()['message'], get().status_code)"
    )
    assert house.python(code).strip().endswith("200 503 The database does not answer. 200")


@pytest.mark.stack
def test_waiting_for_a_database_that_never_comes_ends_with_a_sentence(tmp_path: Path) -> None:
    house = House(tmp_path, DATABASE_URL=f"sqlite:///{tmp_path}")
    done = house.run(PYTHON, "manage.py", "wait_for_db", "--timeout", "0.6")
    assert done.returncode == 1
    assert "did not answer within 0.6 s" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.stack
def test_waiting_for_a_database_ends_when_it_comes(tmp_path: Path) -> None:
    place = tmp_path / "database"
    place.mkdir()
    house = House(tmp_path, DATABASE_URL=f"sqlite:///{place}")
    house.start(PYTHON, "manage.py", "wait_for_db", "--timeout", "20")
    try:
        wait_until(lambda: "Waiting for" in house.log(), seconds=20, what="it waits")
        place.rmdir()
        assert house.exit_code() == 0
    finally:
        house.clean_up()
    assert "The database answers." in house.log()


@pytest.mark.stack
@pytest.mark.parametrize("timeout", ["soon", "-1", "nan", "inf"])
def test_a_waiting_time_that_is_none_is_refused(tmp_path: Path, timeout: str) -> None:
    done = House(tmp_path).run(PYTHON, "manage.py", "wait_for_db", "--timeout", timeout)
    assert done.returncode == 2
    assert "--timeout" in done.stderr
