"""What gunicorn writes by itself, with the configuration that the service starts with."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from gunicorn.config import Config

from animal.ops import gunicorn_conf
from animal.ops.gunicorn_log import ScrubbedLogger

TOKEN = "kZq3vX-w0b9TnUqS5Yt_2Ls8DgHjRfPeXcVbNmQwErT"
TAG = "ANI7K2MQX9RTVW3BCDF"


@pytest.fixture
def log(tmp_path: Path) -> Iterator[ScrubbedLogger]:
    config = Config()
    config.set("logger_class", gunicorn_conf.logger_class)
    config.set("access_log_format", gunicorn_conf.access_log_format)
    config.set("accesslog", str(tmp_path / "access"))
    config.set("errorlog", str(tmp_path / "error"))
    assert config.logger_class is ScrubbedLogger
    yield config.logger_class(config)
    for name in ("gunicorn.error", "gunicorn.access"):
        logging.getLogger(name).handlers.clear()


def test_neither_log_tells_tokens_tags_or_addresses(log: ScrubbedLogger, tmp_path: Path) -> None:
    environ = {
        "REQUEST_METHOD": "GET",
        "RAW_URI": f"/found/{TAG}?token={TOKEN}&email=ada@example.org",
        "PATH_INFO": f"/found/{TAG}",
        "QUERY_STRING": f"token={TOKEN}&email=ada@example.org",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_REFERER": f"https://pawgle.example/auth/magic?token={TOKEN}",
        "HTTP_USER_AGENT": "Firefox",
    }
    answer = SimpleNamespace(status="200 OK", sent=12, headers=[])
    log.access(answer, SimpleNamespace(headers=[]), environ, timedelta(milliseconds=48))
    log.error("Error handling request %s", environ["RAW_URI"])
    access, error = ((tmp_path / name).read_text() for name in ("access", "error"))
    assert '"GET /found/[tag]" 200 12 48ms "Firefox"' in access
    assert "Error handling request /found/[tag]?[token]&email=[e-mail]" in error
    assert TOKEN not in access + error
