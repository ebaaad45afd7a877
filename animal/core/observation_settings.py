"""Logs, metrics and what is called slow, read from the environment."""

from __future__ import annotations

import functools
import logging
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from animal.core import env
from animal.core.env import env_choice, env_float, env_str

FORMATS = {
    "console": {
        "class": "animal.core.log_formats.ConsoleLines",
        "format": "{asctime} {levelname} {name}: {message}",
        "style": "{",
    },
    "json": {"()": "animal.core.log_formats.JsonLines"},
}
MAX_BYTES, KEPT_FILES = 10 * 1024 * 1024, 10


@dataclass(frozen=True)
class ObservationSettings:
    """`slow_*` in seconds. A blank `metrics_token` lets in nobody but staff."""

    metrics_token: str
    metrics_folder: Path
    slow_request: float
    slow_query: float
    logging: dict[str, Any]


def observation_settings(*, debug: bool, var_dir: Path) -> ObservationSettings:
    return ObservationSettings(
        metrics_token=env_str("METRICS_TOKEN"),
        metrics_folder=Path(env_str("PROMETHEUS_MULTIPROC_DIR", str(var_dir / "metrics"))),
        slow_request=env_float("SLOW_REQUEST_SECONDS", 1.0, minimum=0.001, maximum=3600),
        slow_query=env_float("SLOW_QUERY_SECONDS", 0.5, minimum=0.001, maximum=3600),
        logging=logging_configuration(log_format(debug=debug), log_folder()),
    )


@functools.cache
def log_format(*, debug: bool) -> str:
    return env_choice("LOG_FORMAT", "console" if debug else "json", sorted(FORMATS))


@functools.cache
def log_folder() -> Path | None:
    """Where rotated files are written beside the console; None when there are none."""
    said = env_str("LOG_DIR")
    if not said:
        return None
    try:
        Path(said).mkdir(parents=True, exist_ok=True)
        writable = os.access(said, os.W_OK)
    except OSError:
        writable = False
    if not writable:
        env.problems.append(f"LOG_DIR must be a folder that can be written, but it is {said!r}.")
        return None
    return Path(said)


def logging_configuration(form: str, folder: Path | None) -> dict[str, Any]:
    handlers: dict[str, dict[str, Any]] = {"console": {"class": "logging.StreamHandler", "formatter": form}}
    if folder is not None:
        handlers["file"] = log_file(folder, "worker" if _is_worker() else "app", form)
        handlers["errors"] = {**log_file(folder, "error", form), "level": "ERROR"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {form: FORMATS[form]},
        "handlers": handlers,
        "root": {"handlers": list(handlers), "level": "INFO"},
        "loggers": {
            "httpx": {"level": "WARNING"},
            "PIL": {"level": "INFO"},  # Below that it writes what a camera wrote into a photo: who took it, and where.
            "django.request": {"level": "ERROR"},
            "django-q": {"level": "WARNING", "propagate": True},
        },
    }


def log_file(folder: Path, name: str, form: str) -> dict[str, Any]:
    """A file that all processes write and that whoever fills it rotates, under a lock beside it. The standard library's
    handler would have the others go on writing into the file that was put aside."""
    return {
        "class": "concurrent_log_handler.ConcurrentRotatingFileHandler",
        "filename": str(folder / f"{name}.log"),
        "maxBytes": MAX_BYTES,
        "backupCount": KEPT_FILES,
        "encoding": "utf-8",
        "formatter": form,
    }


def file_handler(folder: Path, name: str) -> logging.Handler:
    """The same, for who does without Django's configuration."""
    from concurrent_log_handler import ConcurrentRotatingFileHandler

    place = str(folder / f"{name}.log")
    return ConcurrentRotatingFileHandler(place, maxBytes=MAX_BYTES, backupCount=KEPT_FILES, encoding="utf-8")


def _is_worker() -> bool:
    return sys.argv[1:2] in (["worker"], ["qcluster"])
