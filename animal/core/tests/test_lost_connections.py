"""A connection that is cut under a request: it ends as a 2xx that is written once, or a 503 and nothing written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

import pytest
from django.conf import settings as project_settings
from django.core.files.storage import default_storage
from django.db import InterfaceError, OperationalError, connection
from django.db.utils import ConnectionHandler
from django.test import Client
from rest_framework.test import APIClient

from animal.chat.tests.conftest import make_report
from animal.conftest import Actor
from animal.core import lost_commits
from animal.core.connections import connections_limit_waiting
from animal.core.models import BackgroundTask, IdempotencyRecord
from animal.images.models import Image
from animal.images.services import image_store, images_stored
from animal.pets.services import PetFields, pet_register
from animal.reports.models import Report
from animal.reports.tests.conftest import REPORT_URL, form

pytestmark = pytest.mark.django_db
with_real_commits = pytest.mark.django_db(transaction=True)

Gone = Callable[[str], AbstractContextManager[None]]


@pytest.fixture
def database_gone_after() -> Gone:
    """From the first statement that begins so on, and once its transaction has ended, nothing is answered any more."""

    @contextmanager
    def gone(beginning: str, *, at_once: bool = False) -> Iterator[None]:
        seen = False

        def refuse(execute: Any, sql: str, *rest: Any) -> Any:
            nonlocal seen
            if seen and (at_once or not connection.in_atomic_block):
                raise OperationalError(2013, "Lost connection to server during query")
            seen = seen or sql.replace("`", '"').startswith(beginning)
            return execute(sql, *rest)

        with connection.execute_wrapper(refuse):
            yield

    return gone


def send(actor: Actor, key: str = "") -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return actor.client.post(REPORT_URL, form(), format="multipart", headers=headers)


@with_real_commits
@pytest.mark.parametrize("key", ["", "e7d1a1f0"])
def test_a_report_that_is_committed_is_answered_even_if_the_database_then_goes(
    owner: Actor, database_gone_after: Gone, key: str
) -> None:
    with database_gone_after('INSERT INTO "reports_report"'):
        answer = send(owner, key)
    assert answer.status_code == 201, answer.content
    assert answer.json()["id"] == Report.objects.get().pk
    if key:
        assert (send(owner, key).json()["id"], Report.objects.count()) == (answer.json()["id"], 1)


@with_real_commits
def test_a_database_that_goes_before_the_commit_leaves_nothing_and_the_key_is_free_at_once(
    owner: Actor, database_gone_after: Gone
) -> None:
    with database_gone_after('INSERT INTO "reports_report"', at_once=True):
        answer = send(owner, "e7d1a1f0")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert (Report.objects.count(), BackgroundTask.objects.count()) == (0, 0)
    assert IdempotencyRecord.objects.count() == 1, "it could not be freed while the database was away"
    assert send(owner, "e7d1a1f0").status_code == 201
    assert Report.objects.count() == 1


@with_real_commits
def test_a_find_by_tag_whose_connection_is_cut_before_the_commit_is_refused_and_nothing_stays(
    owner: Actor, picture: Callable[..., Any]
) -> None:
    fields = PetFields(name="Milo", type="Cats", category="Domestic", breed="Tabby")
    image = image_store(upload=picture(), uploader=owner.user, source="pet")
    tag = pet_register(owner=owner.user, fields=fields, images=[image]).animal_id
    left = ['INSERT INTO "chat_message"']

    def cut(execute: Any, sql: str, *rest: Any) -> Any:
        if left and sql.replace("`", '"').startswith(left[0]):
            left.clear()
            raise OperationalError(2013, "Lost connection to server during query")
        return execute(sql, *rest)

    with connection.execute_wrapper(cut):
        said = {"latitude": 1, "longitude": 1, "message": "By the fountain"}
        answer = APIClient(raise_request_exception=False).post(f"/api/v1/found/{tag}/report/", said, format="multipart")
    assert (answer.status_code, answer["Retry-After"], Report.objects.count()) == (503, "5", 0)


@pytest.mark.parametrize("error", [OperationalError(2006, "Server has gone away"), InterfaceError(0, "")])
@pytest.mark.parametrize("path", ["/api/auth/profile/", "/admin/login/", "/found/ANI0000000000000000/"])
def test_every_door_says_503_while_the_database_is_away(owner: Actor, error: Exception, path: str) -> None:
    def refuse(*_: Any) -> Any:
        raise error

    client: Any = owner.client if path.startswith("/api/") else Client(raise_request_exception=False)
    client.raise_request_exception = False
    client.cookies[project_settings.SESSION_COOKIE_NAME] = "x" * 32
    with connection.execute_wrapper(refuse):
        answer = client.get(path)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5"), answer.content
    assert b"gone away" not in answer.content


def test_an_error_of_ours_is_still_a_500() -> None:
    def refuse(*_: Any) -> Any:
        raise RuntimeError("a bug")

    with connection.execute_wrapper(refuse):
        client = APIClient(raise_request_exception=False)
        client.cookies[project_settings.SESSION_COOKIE_NAME] = "x" * 32
        assert client.get("/admin/").status_code == 500


def test_pictures_stay_with_a_report_that_was_committed_though_the_connection_was_lost(
    owner: Actor, picture: Callable[..., Any]
) -> None:
    report = make_report(owner)

    def lose(*, filed: bool) -> None:
        with images_stored(uploads=[picture()], uploader=owner.user, source=Image.Source.REPORT) as images:
            if filed:
                Report.objects.filter(pk=report.pk).update(image=images[0])
            raise OperationalError(2013, "Lost connection to server during query")

    with pytest.raises(OperationalError):
        lose(filed=True)
    with pytest.raises(OperationalError):
        lose(filed=False)
    image = Image.objects.get()
    assert Report.objects.get().image == image
    assert default_storage.exists(str(image.master))


@pytest.mark.parametrize("failure", [OperationalError(2013, "Lost connection to server during query"), KeyError("x")])
def test_a_cut_of_the_other_kind_while_pictures_are_put_away_hides_no_error(
    owner: Actor, picture: Callable[..., Any], failure: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lost_commits, "ANSWER_SECONDS", 0.0)
    monkeypatch.setattr(lost_commits, "LAST_LOOK_SECONDS", 0.0)

    def refuse(*_: Any) -> Any:
        raise InterfaceError(0, "")

    def fail() -> None:
        with images_stored(uploads=[picture()], uploader=owner.user, source=Image.Source.REPORT):
            cut.enter_context(connection.execute_wrapper(refuse))
            raise failure

    with ExitStack() as cut, pytest.raises(type(failure)):
        fail()


def test_mysql_is_asked_whether_a_kept_connection_still_works_and_nobody_waits_long_for_a_new_one() -> None:
    values = {"DATABASE_URL": "mysql://root@db.example/pawgle", "REDIS_URL": "redis://cache.example/0"}
    code = (
        "import json; from animal.settings import CACHES, DATABASES;"
        "print(json.dumps([DATABASES['default'], CACHES['default']], default=str))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=project_settings.BASE_DIR,
        env={**os.environ, **values, "ENV_FILE": "", "TIDB_HOST": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    database, cache = json.loads(done.stdout)
    assert (database["CONN_MAX_AGE"], database["CONN_HEALTH_CHECKS"]) == (60, True)
    assert database["OPTIONS"]["connect_timeout"] + project_settings.DATABASE_TIMEOUT_SECONDS < 10
    for name in ("socket_connect_timeout", "socket_timeout"):
        assert 0 < cache["OPTIONS"][name] <= 2


def test_only_who_says_so_waits_for_so_long_only_and_sqlite_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    databases = {
        "default": {"ENGINE": "animal.core.mysql", "OPTIONS": {"charset": "utf8mb4"}},
        "other": {"ENGINE": "django.db.backends.sqlite3", "OPTIONS": {}},
    }
    handler = ConnectionHandler(databases)
    monkeypatch.setattr("animal.core.connections.connections", handler)
    assert "read_timeout" not in handler.settings["default"]["OPTIONS"]
    connections_limit_waiting(4)
    options = handler.settings["default"]["OPTIONS"]
    assert (options["charset"], options["read_timeout"], options["write_timeout"]) == ("utf8mb4", 4, 4)
    assert options["init_command"].startswith("SET sql_mode='STRICT_TRANS_TABLES', innodb_lock_wait_timeout=2 ")
    assert "max_statement_time=3.5 " in options["init_command"]
    assert "max_execution_time=3500 " in options["init_command"]
    assert handler.settings["other"]["OPTIONS"] == {}
