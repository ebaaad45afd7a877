"""Typed readers for environment variables.

A blank value means the default. A value that cannot be read is remembered in `problems`, and the default is used in
its place so that Django can start far enough to report every problem at once: see `animal.core.checks`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import dj_database_url

T = TypeVar("T")

problems: list[str] = []

# Stands for a SECRET_KEY that nobody set. The check pawgle.E002 refuses it, so nothing is ever served with it.
MISSING_KEY = "missing"

# Versions of clients: 1.4.0, and where one version has several builds, 1.4.0+57.
CLIENT_PATTERN, BUILD_PATTERN = r"[0-9]{1,6}(\.[0-9]{1,6}){0,3}", r"[0-9]{1,9}"


def _read(name: str, default: T, parse: Callable[[str], T], kind: str, *, is_secret: bool = False) -> T:
    raw = os.environ.get(name, "").strip()
    if not raw:
        return default
    try:
        return parse(raw)
    except ValueError:
        problems.append(f"{name} must be {kind}, but it is {'not' if is_secret else repr(raw)}.")
        return default


def env_str(name: str, default: str = "") -> str:
    return _read(name, default, str, "text")


def env_file(name: str) -> str:
    """The path of a file that can be read, or "" when none is given."""

    def parse(raw: str) -> str:
        try:
            with Path(raw).open("rb"):
                return raw
        except OSError:
            raise ValueError(raw) from None

    return _read(name, "", parse, "the path of a file that can be read")


def env_int(name: str, default: int, *, minimum: int | None = None, maximum: int | None = None) -> int:
    def parse(raw: str) -> int:
        value = int(raw)
        if (minimum is not None and value < minimum) or (maximum is not None and value > maximum):
            raise ValueError(raw)
        return value

    limits = [f"at least {minimum}" if minimum is not None else "", f"at most {maximum}" if maximum is not None else ""]
    said = " and ".join(part for part in limits if part)
    return _read(name, default, parse, f"a whole number {said}".strip())


def env_float(name: str, default: float, *, minimum: float, maximum: float) -> float:
    def parse(raw: str) -> float:
        value = float(raw)
        if not minimum <= value <= maximum:  # Also refuses NaN, which compares false with everything.
            raise ValueError(raw)
        return value

    return _read(name, default, parse, f"a number from {minimum:g} to {maximum:g}")


_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off"}


def env_bool(name: str, default: bool) -> bool:
    def parse(raw: str) -> bool:
        if raw.lower() in _TRUE:
            return True
        if raw.lower() in _FALSE:
            return False
        raise ValueError(raw)

    return _read(name, default, parse, "true or false")


def env_list(name: str, default: list[str]) -> list[str]:
    """A comma-separated list; blanks between commas are dropped."""
    return _read(name, default, lambda raw: [part.strip() for part in raw.split(",") if part.strip()], "a list")


def env_choice(name: str, default: str, choices: list[str]) -> str:
    def parse(raw: str) -> str:
        if raw not in choices:
            raise ValueError(raw)
        return raw

    return _read(name, default, parse, "one of " + ", ".join(choices))


def env_origin(name: str, default: str = "") -> str:
    """A web origin such as https://pawgle.example (scheme and host; a trailing slash is dropped)."""

    def parse(raw: str) -> str:
        origin = raw.rstrip("/")
        if not origin.startswith(("http://", "https://")) or len(origin.split("/")) != 3 or origin.endswith("/"):
            raise ValueError(raw)
        return origin

    return _read(name, default, parse, "an address such as https://pawgle.example")


def env_redis(name: str) -> str:
    """The address of a Redis. It may hold a password, so it is not repeated when it is none."""

    def parse(raw: str) -> str:
        parts = urlsplit(raw)
        is_there = parts.path if parts.scheme == "unix" else parts.hostname
        if parts.scheme not in ("redis", "rediss", "unix") or not is_there or parts.port == 0:
            raise ValueError(raw)
        return raw

    return _read(name, "", parse, "an address such as redis://host:6379/0", is_secret=True)


def env_database(name: str, default: str) -> dict[str, Any]:
    """Django's settings of the database at an address, which is not repeated when it is none, for the same reason."""

    def parse(raw: str) -> dict[str, Any]:
        found: dict[str, Any] = dict(dj_database_url.parse(raw))
        if found["ENGINE"].rpartition(".")[2] not in ("sqlite3", "mysql") or not found["NAME"]:
            raise ValueError(raw)
        return found

    kind = "an address such as mysql://user:password@host:3306/pawgle or sqlite:////var/lib/pawgle/pawgle.sqlite3"
    return _read(name, parse(default), parse, kind, is_secret=True)


def version_key(text: str) -> tuple[int, ...]:
    """Sorts versions of clients by age: 1.4 is 1.4.0 and older than 1.10. Raises ValueError for other texts."""
    if not re.fullmatch(rf"{CLIENT_PATTERN}(\+{BUILD_PATTERN})?", text):
        raise ValueError(text)
    version, _, build = text.partition("+")
    numbers = [int(part) for part in version.split(".")]
    return (*numbers, *[0] * (4 - len(numbers)), int(build or 0))


def env_version(name: str) -> str:
    """The version of a client, or "" when none is given."""

    def parse(raw: str) -> str:
        version_key(raw)
        return raw

    return _read(name, "", parse, "a version such as 1.4.0 or 1.4.0+57")
