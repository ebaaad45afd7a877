"""Settings from the environment: typed, blank means default, and a wrong value stops the start by name."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as settings_module
from django.core.checks import run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from animal.core import env
from animal.core.checks import refuse_bad_configuration


@pytest.fixture(autouse=True)
def _no_problem_carries_over(monkeypatch) -> None:
    monkeypatch.setattr(env, "problems", [])


READERS: dict[str, tuple[Callable[[], Any], Any]] = {
    "text": (lambda: env.env_str("X", "default"), "default"),
    "whole number": (lambda: env.env_int("X", 3, minimum=1, maximum=9), 3),
    "number": (lambda: env.env_float("X", 0.5, minimum=0, maximum=1), 0.5),
    "switch": (lambda: env.env_bool("X", True), True),
    "list": (lambda: env.env_list("X", ["a"]), ["a"]),
    "choice": (lambda: env.env_choice("X", "Lax", ["Lax", "None"]), "Lax"),
    "address": (lambda: env.env_origin("X", "http://localhost"), "http://localhost"),
    "file": (lambda: env.env_file("X"), ""),
    "redis": (lambda: env.env_redis("X"), ""),
    "database": (lambda: env.env_database("X", "sqlite:////tmp/x")["NAME"], "/tmp/x"),  # noqa: S108 - never opened
}


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize("raw", [None, "", "  "])
def test_absent_and_blank_mean_the_default(monkeypatch, kind: str, raw: str | None) -> None:
    read, default = READERS[kind]
    monkeypatch.delenv("X", raising=False)
    if raw is not None:
        monkeypatch.setenv("X", raw)
    assert read() == default
    assert env.problems == []


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        ("text", " hello ", "hello"),
        ("whole number", "9", 9),
        ("number", "0", 0.0),
        ("switch", "FALSE", False),
        ("switch", "off", False),
        ("list", " a, b,,c ", ["a", "b", "c"]),
        ("choice", "None", "None"),
        ("address", "https://pawgle.example/", "https://pawgle.example"),
        ("address", "http://10.0.0.7:8000", "http://10.0.0.7:8000"),
        ("file", __file__, __file__),
        ("redis", "rediss://:word@cache.example:6380/1", "rediss://:word@cache.example:6380/1"),
        ("redis", "unix:///run/redis.sock?db=1", "unix:///run/redis.sock?db=1"),
        ("database", "mysql://user:word@db.example:3306/pawgle", "pawgle"),
    ],
)
def test_a_value_is_read_as_its_kind(monkeypatch, kind: str, raw: str, value: Any) -> None:
    monkeypatch.setenv("X", raw)
    assert READERS[kind][0]() == value
    assert env.problems == []


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("whole number", "many"),
        ("whole number", "0"),
        ("whole number", "10"),
        ("whole number", "1.5"),
        ("number", "nan"),
        ("number", "1.01"),
        ("number", "inf"),
        ("switch", "maybe"),
        ("choice", "lax"),
        ("address", "pawgle.example"),
        ("address", "ftp://pawgle.example"),
        ("address", "https://pawgle.example/path"),
        ("address", "https://"),
        ("file", "/nowhere/ca.pem"),
        ("file", "/"),
    ],
)
def test_a_wrong_value_is_remembered_by_name_and_the_default_is_used(monkeypatch, kind: str, raw: str) -> None:
    read, default = READERS[kind]
    monkeypatch.setenv("X", raw)
    assert read() == default
    (problem,) = env.problems
    assert problem.startswith("X must be ")
    assert repr(raw) in problem


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("redis", "hunter2@cache.example:6379"),
        ("redis", "http://:hunter2@cache.example"),
        ("redis", "redis://:hunter2@"),
        ("redis", "redis://:hunter2@cache.example:port/0"),
        ("database", "hunter2"),
        ("database", "mysql://user:hunter2@db.example:port/pawgle"),
        ("database", "mysql://user:hunter2@db.example"),
        ("database", "postgres://user:hunter2@db.example/pawgle"),
    ],
)
def test_an_address_that_may_hold_a_password_is_not_repeated_when_it_is_wrong(monkeypatch, kind: str, raw: str) -> None:
    read, default = READERS[kind]
    monkeypatch.setenv("X", raw)
    assert read() == default
    (problem,) = env.problems
    assert problem.startswith("X must be an address such as ")
    assert problem.endswith(", but it is not.")
    assert "hunter2" not in problem


def found() -> dict[str, str]:
    messages = run_checks(tags=["security"])
    return {str(message.id): str(message.msg) for message in messages if str(message.id).startswith("pawgle.")}


def test_the_shipped_settings_pass() -> None:
    assert found() == {}
    refuse_bad_configuration()


@pytest.mark.parametrize(
    ("name", "value", "check"),
    [
        ("SECRET_KEY", env.MISSING_KEY, "pawgle.E002"),
        ("SECRET_KEY", "short", "pawgle.E003"),
        ("SECRET_KEY", "please-change-me-please-change-me-please", "pawgle.E003"),
        ("ALLOWED_HOSTS", ["*"], "pawgle.E004"),
        ("THROTTLE_RATES", {"login": "ten a minute"}, "pawgle.E005"),
        ("TASK_LEASE_SECONDS", 5, "pawgle.E006"),
        ("SENTRY_DSN", "sentry.example", "pawgle.E007"),
        ("EMBEDDING_PROVIDER", "space", "pawgle.E008"),
        ("HUGGINGFACE_SPACE_VERSION", "x" * 65, "pawgle.E009"),
    ],
)
def test_a_setting_that_cannot_work_stops_the_start_with_a_sentence(
    settings, name: str, value: Any, check: str
) -> None:
    setattr(settings, name, value)
    assert list(found()) == [check]
    with pytest.raises(SystemExit, match=found()[check][:40].replace("*", r"\*").replace("(", r"\(")):
        refuse_bad_configuration()


@pytest.mark.parametrize(
    ("space", "is_one"),
    [
        ("nexus/pawgle", True),
        ("https://nexus-pawgle.hf.space", True),
        ("http://127.0.0.1:7860", True),
        ("http://space:7860", True),
        ("http://space.example", False),
        ("https://user:word@space.example", False),
        ("pawgle", False),
        ("ftp://space.example", False),
    ],
)
def test_a_space_has_a_name_or_an_address_to_which_nobody_listens_in(settings, space: str, is_one: bool) -> None:
    settings.EMBEDDING_PROVIDER, settings.HUGGINGFACE_SPACE = "space", space
    assert list(found()) == ([] if is_one else ["pawgle.E008"])


LOCAL = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
SHARED = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://localhost"}}


def checked(monkeypatch, settings, *, processes: int, arguments: str = "", caches: Any = LOCAL) -> None:
    """`manage.py check --fail-level WARNING` on a server of so many web processes."""
    monkeypatch.setenv("GUNICORN_CMD_ARGS", arguments)
    settings.WEB_CONCURRENCY, settings.CACHES = processes, caches
    call_command("check", fail_level="WARNING")


@pytest.mark.parametrize(("processes", "arguments"), [(2, ""), (1, "--workers 4"), (1, "-w4"), (1, "--workers=4")])
def test_several_web_processes_that_share_no_cache_are_warned_of(
    monkeypatch, settings, processes: int, arguments: str
) -> None:
    with pytest.raises(SystemCheckError, match=r"pawgle\.W001.*share no cache.*REDIS_URL"):
        checked(monkeypatch, settings, processes=processes, arguments=arguments)
    refuse_bad_configuration()  # It starts all the same.


def test_one_process_or_a_shared_cache_is_no_matter(monkeypatch, settings, capsys) -> None:
    checked(monkeypatch, settings, processes=1)
    checked(monkeypatch, settings, processes=3, caches=SHARED)
    checked(monkeypatch, settings, processes=3, arguments="--workers 1")


def test_a_start_says_the_warnings_aloud(settings, capsys) -> None:
    settings.WEB_CONCURRENCY, settings.CACHES = 2, LOCAL
    refuse_bad_configuration()
    assert "2 web processes share no cache" in capsys.readouterr().err


def test_a_secret_of_google_without_its_client_is_warned_of(settings) -> None:
    settings.GOOGLE_OAUTH_CLIENT_SECRET, settings.GOOGLE_OAUTH_CLIENT_ID = "a-secret", ""
    with pytest.raises(SystemCheckError, match=r"pawgle\.W004.*GOOGLE_OAUTH_CLIENT_ID"):
        call_command("check", fail_level="WARNING")
    settings.GOOGLE_OAUTH_CLIENT_ID = "a-client"
    call_command("check", fail_level="WARNING")


def test_a_separate_web_client_without_the_address_of_this_service_is_warned_of(settings) -> None:
    settings.FRONTEND_URL, settings.API_URL = "https://app.pawgle.example", ""
    with pytest.raises(SystemCheckError, match=r"pawgle\.W002.*API_URL"):
        call_command("check", fail_level="WARNING")
    settings.API_URL = "https://api.pawgle.example"
    call_command("check", fail_level="WARNING")


@pytest.mark.stack
@pytest.mark.parametrize(("environment", "warned"), [({"WEB_CONCURRENCY": "3"}, True), ({}, False)])
def test_the_check_reads_the_environment_of_a_server(tmp_path, environment: dict[str, str], warned: bool) -> None:
    server = {"PATH": os.environ["PATH"], "ENV_FILE": "", "DEBUG": "true", "VAR_DIR": str(tmp_path)}
    command = [sys.executable, "manage.py", "check", "--fail-level", "WARNING"]
    done = subprocess.run(
        command,
        cwd=settings_module.BASE_DIR,
        env={**server, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode != 0, "pawgle.W001" in done.stderr) == (warned, warned), done.stderr


def test_every_wrong_value_is_said_at_once() -> None:
    env.problems.extend(["PORT must be a whole number, but it is 'x'.", "DEBUG must be true or false, but it is 'x'."])
    with pytest.raises(SystemExit) as stop:
        refuse_bad_configuration()
    assert "PORT" in str(stop.value)
    assert "DEBUG" in str(stop.value)


def test_a_short_key_is_no_matter_on_ones_own_machine(settings) -> None:
    settings.DEBUG, settings.SECRET_KEY = True, "short"
    assert found() == {}
