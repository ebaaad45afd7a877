"""Maintenance: requests are answered 503 with Retry-After, and workers take no new work, until it ends.

Whoever works on the tables (`deploy --maintenance`, `restore`, `maintenance on`) leaves a file in VAR_DIR, which every
process of this host looks at, and a key in the cache where processes of several hosts share one (REDIS_URL). Neither is
in the database: that is what is being worked on.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings
from django.core.cache import cache, caches
from django.core.management.base import CommandError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from animal.core.errors import is_api_request, json_error
from animal.core.refusals import MAINTENANCE, refusal_page

RETRY_SECONDS = 60
CACHE_KEY = "maintenance"
# An unfinished deployment does not shut the other hosts for ever.
CACHE_SECONDS = 24 * 3600
LOOK_EVERY_SECONDS = 1.0
SENTENCE = MAINTENANCE
# The admin and what watches the service. Simple probes and static files are answered before this middleware.
STAYS_OPEN = (f"/{settings.ADMIN_URL}/", "/api/v1/health", "/metrics")

_looked_at = 0.0
_elsewhere = False


@dataclass(frozen=True)
class Notice:
    reason: str
    since: str


class OthersNotTold(CommandError):
    """Redis does not take word to the other hosts. The message says how things stand, and what to do."""


def maintenance_begin(reason: str) -> bool:
    """False when it was on already; then whoever began it ends it. Raises OthersNotTold, and then leaves it off."""
    if maintenance_is_on():
        return False
    notice = json.dumps(asdict(Notice(reason, timezone.now().isoformat())))
    path = _path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(notice, encoding="utf-8")
    if settings.REDIS_URL:
        try:
            # Not a stand-in of this process alone: the other hosts would go on serving, and working on the tables.
            caches["default"].set_for_all(CACHE_KEY, notice, CACHE_SECONDS)  # type: ignore[attr-defined]
        except Exception as error:  # Whatever a cache client raises.
            path.unlink(missing_ok=True)
            raise OthersNotTold(
                f"Redis (REDIS_URL), by which the other hosts are told of maintenance, does not take it "
                f"({type(error).__name__}). Maintenance was not begun."
            ) from error
        _look_again()
    return True


def maintenance_end() -> bool:
    """False when it was off already. Raises OthersNotTold, and then it is off on this host only."""
    was_on = maintenance_is_on()
    _path().unlink(missing_ok=True)
    if settings.REDIS_URL:
        try:
            caches["default"].delete_for_all(CACHE_KEY)  # type: ignore[attr-defined]
        except Exception as error:  # Whatever a cache client raises.
            raise OthersNotTold(
                f"Maintenance is off on this host. Redis (REDIS_URL), by which the other hosts are told, does not take "
                f"it ({type(error).__name__}): run `maintenance off` again when it does."
            ) from error
        _look_again()
    return was_on


@contextmanager
def maintenance(reason: str) -> Iterator[None]:
    """On for the duration of a block, unless it was on before. After a failure it stays on: what is half done is not
    for people to meet."""
    begun = maintenance_begin(reason)
    yield
    if begun:
        maintenance_end()


def maintenance_is_on() -> bool:
    """A look at a file; with REDIS_URL one question to the cache a second as well."""
    return _path().exists() or (bool(settings.REDIS_URL) and _is_on_elsewhere())


def maintenance_notice() -> Notice | None:
    if not maintenance_is_on():
        return None
    try:
        said = _path().read_text(encoding="utf-8") if _path().exists() else str(cache.get(CACHE_KEY))
        return Notice(**json.loads(said))
    except (OSError, ValueError, TypeError):
        return Notice("unknown", "unknown")


def _path() -> Path:
    return Path(settings.VAR_DIR) / "maintenance.json"


def _is_on_elsewhere() -> bool:
    global _looked_at, _elsewhere
    now = time.monotonic()
    if now - _looked_at >= LOOK_EVERY_SECONDS or not _looked_at:
        _looked_at = now
        try:
            _elsewhere = cache.get(CACHE_KEY) is not None
        except Exception:  # Whatever a cache client raises: without it, this host's own file decides.
            _elsewhere = False
    return _elsewhere


def _look_again() -> None:
    global _looked_at
    _looked_at = 0.0


class Maintenance:
    """Middleware. It reads no body and asks no database."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not maintenance_is_on() or request.path.startswith(STAYS_OPEN):
            return self.get_response(request)
        if not is_api_request(request):
            return refusal_page(status=503, said=SENTENCE, retry_after=RETRY_SECONDS, template="maintenance.html")
        response = json_error(503, SENTENCE, "maintenance")
        response["Retry-After"] = str(RETRY_SECONDS)
        response["Cache-Control"] = "no-store"
        return response
