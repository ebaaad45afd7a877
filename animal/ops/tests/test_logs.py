"""B68: log lines for people and for programs, files that several processes write, and what is marked as slow."""

from __future__ import annotations

import json
import logging
import logging.config
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from gunicorn.config import Config

from animal.conftest import Actor
from animal.core import env, observation_settings
from animal.core.log_formats import JsonLines
from animal.core.observation_settings import FORMATS, file_handler, log_folder, log_format, logging_configuration
from animal.ops import gunicorn_conf
from animal.ops.gunicorn_log import ScrubbedLogger

HEX = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture(autouse=True)
def _read_anew() -> Iterator[None]:
    known = list(env.problems)
    for kept in (log_format, log_folder):
        kept.cache_clear()
    yield
    env.problems[:] = known
    for kept in (log_format, log_folder):
        kept.cache_clear()


def record(message: str, *args: object, **extra: object) -> logging.LogRecord:
    made = logging.LogRecord("animal.x", logging.INFO, "x.py", 1, message, args, None)
    vars(made).update(extra)
    return made


# --- form -------------------------------------------------------------------------------------------------------------


def test_b68_a_json_line_is_one_object_of_known_keys() -> None:
    made = record("wrote to %s", "ada@example.org", duration_ms=12, route="/x/<int:id>/", request="GET /x/?name=Ada")
    said = json.loads(JsonLines().format(made))
    assert set(said) == {"time", "level", "logger", "message", "process", "duration_ms", "route"}
    assert (said["message"], said["level"], said["logger"]) == ("wrote to [e-mail]", "INFO", "animal.x")
    assert said["time"].endswith("+00:00")


def test_an_exception_stays_on_the_line_and_is_scrubbed() -> None:
    made = record("broke")
    try:
        raise RuntimeError("no way to ada@example.org")
    except RuntimeError:
        made.exc_info = sys.exc_info()
    line = JsonLines().format(made)
    assert "\n" not in line
    assert json.loads(line)["exc_info"].endswith("RuntimeError: no way to [e-mail]")


@pytest.mark.parametrize("form", sorted(FORMATS))
@pytest.mark.parametrize("message", [{"name": "x"}, "100 %", 'quotes " and \n breaks', None])
def test_whatever_a_library_logs_becomes_a_line(form: str, message: Any) -> None:
    formatter = logging.config.DictConfigurator({"version": 1}).configure_formatter(dict(FORMATS[form]))
    assert formatter.format(record(message))


@pytest.mark.parametrize(
    ("said", "debug", "form"), [("", True, "console"), ("", False, "json"), ("console", False, "console")]
)
def test_people_get_lines_and_servers_json_unless_told_otherwise(
    monkeypatch: pytest.MonkeyPatch, said: str, debug: bool, form: str
) -> None:
    monkeypatch.setenv("LOG_FORMAT", said)
    assert log_format(debug=debug) == form


def test_an_unknown_form_and_a_folder_that_cannot_be_written_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("LOG_FORMAT", "xml")
    monkeypatch.setenv("LOG_DIR", str(tmp_path / "file"))
    assert (log_format(debug=False), log_folder()) == ("json", None)
    assert env.problems[-2] == "LOG_FORMAT must be one of console, json, but it is 'xml'."
    assert env.problems[-1] == f"LOG_DIR must be a folder that can be written, but it is '{tmp_path / 'file'}'."


# --- files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("program", "name"), [("migrate", "app"), ("worker", "worker"), ("qcluster", "worker")])
def test_b68_app_worker_and_error_files_of_ten_times_10_mb(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, program: str, name: str
) -> None:
    monkeypatch.setattr(sys, "argv", ["manage.py", program])
    handlers = logging_configuration("json", tmp_path)["handlers"]
    files = {key: handler for key, handler in handlers.items() if key != "console"}
    assert [Path(handler["filename"]).name for handler in files.values()] == [f"{name}.log", "error.log"]
    assert {(handler["maxBytes"], handler["backupCount"]) for handler in files.values()} == {(10_485_760, 10)}
    assert files["errors"]["level"] == "ERROR"


def test_without_a_folder_there_are_no_files() -> None:
    assert set(logging_configuration("json", None)["handlers"]) == {"console"}


def test_b68_several_writers_fill_one_file_after_the_other_and_lose_no_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two handlers know as little of each other as those of two processes do. The standard library's would go on
    writing into a file that the other has put aside."""
    monkeypatch.setattr(observation_settings, "MAX_BYTES", 1000)
    monkeypatch.setattr(observation_settings, "KEPT_FILES", 50)
    writers = {name: file_handler(tmp_path, "app") for name in ("one", "two")}
    for number in range(80):
        for name, writer in writers.items():
            writer.emit(record(f"{name} {number:02} {'.' * 40}"))
    for writer in writers.values():
        writer.close()
    files = sorted(tmp_path.glob("app.log*"), key=lambda path: int(path.suffix[1:]) if path.suffix != ".log" else 0)
    sizes = [path.stat().st_size for path in files]
    assert len(files) > 5
    assert {size // 100 for size in sizes[1:]} <= {9, 10}, "each was full when it was put aside"
    lines = [line.split()[:2] for path in reversed(files) for line in path.read_text().splitlines()]
    assert lines == [[name, f"{number:02}"] for number in range(80) for name in writers]


@pytest.fixture
def gunicorn_logger(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ScrubbedLogger]:
    monkeypatch.setenv("LOG_DIR", str(tmp_path))
    monkeypatch.setenv("LOG_FORMAT", "json")
    config = Config()
    for name in ("logger_class", "access_log_format"):
        config.set(name, getattr(gunicorn_conf, name))
    yield config.logger_class(config)
    for name in ("gunicorn.error", "gunicorn.access"):
        for handler in logging.getLogger(name).handlers:
            handler.close()
        logging.getLogger(name).handlers.clear()


def test_b68_the_access_file_names_no_client_and_carries_the_id(
    gunicorn_logger: ScrubbedLogger, tmp_path: Path
) -> None:
    environ = {
        "REQUEST_METHOD": "GET",
        "RAW_URI": "/x?email=ada@example.org",
        "PATH_INFO": "/x",
        "REMOTE_ADDR": "203.0.113.7",
        "QUERY_STRING": "email=ada@example.org",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_USER_AGENT": "Firefox",
    }
    answer = SimpleNamespace(status="200 OK", sent=12, headers=[("X-Request-ID", HEX)])
    gunicorn_logger.access(answer, SimpleNamespace(headers=[]), environ, timedelta(milliseconds=48))
    gunicorn_logger.error("Error handling request %s", environ["RAW_URI"])
    text = (tmp_path / "access.log").read_text()
    said = json.loads(text)
    assert {name: said[name] for name in ("method", "status", "bytes", "duration_ms", "request_id")} == {
        "method": "GET",
        "status": 200,
        "bytes": 12,
        "duration_ms": 48,
        "request_id": HEX,
    }
    assert '"GET /x" 200' in said["message"]
    assert "203.0.113.7" not in text
    assert "example.org" not in text
    for name in ("app.log", "error.log"):
        assert json.loads((tmp_path / name).read_text())["message"] == "Error handling request /x?email=[e-mail]"


# --- slow -------------------------------------------------------------------------------------------------------------


def test_b68_a_request_of_more_than_a_second_is_marked_by_its_pattern(
    owner: Actor, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    assert settings.SLOW_REQUEST_SECONDS == 1
    settings.SLOW_REQUEST_SECONDS = 3600
    owner.get("/api/v1/pets/4711/?secret=yes")
    assert [line for line in caplog.records if line.name == "animal.slow"] == []
    settings.SLOW_REQUEST_SECONDS = -1
    owner.get("/api/v1/pets/4711/?secret=yes")
    (line,) = (line for line in caplog.records if line.name == "animal.slow")
    assert (line.levelname, line.route, line.status) == ("WARNING", "/api/v1/pets/<int:pet_id>/", 404)
    assert line.queries >= 1
    assert "4711" not in line.getMessage()
    assert "secret" not in line.getMessage()


@pytest.mark.django_db
def test_b68_a_slow_statement_is_marked_without_its_values(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    settings.SLOW_QUERY_SECONDS = -1
    get_user_model().objects.filter(email="ada@example.org", pk=4711).exists()
    (line,) = (line for line in caplog.records if line.name == "animal.slow")
    assert "SELECT" in line.getMessage()
    assert "accounts_user" in line.getMessage()
    assert "ada" not in line.getMessage()
    assert "4711" not in line.getMessage()
    assert line.duration_ms >= 0


@pytest.mark.django_db
def test_what_is_slow_within_a_request_says_which(
    owner: Actor, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.SLOW_QUERY_SECONDS = -1
    owner.get("/api/auth/notifications/")
    routes = {line.route for line in caplog.records if "slow query" in line.getMessage()}
    # The account is looked up once the route is known.
    assert routes == {"/api/auth/notifications/"}


def test_an_address_that_leads_nowhere_has_no_pattern(client: Client, settings: Any, caplog: Any) -> None:
    settings.SLOW_REQUEST_SECONDS = -1
    client.get("/no/such/tag/ANI7K2MQX9RTVW3BCDF")
    (line,) = (line for line in caplog.records if line.name == "animal.slow")
    assert line.route == "unmatched"
