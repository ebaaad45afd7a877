"""Asking parts of the service how they are, each in a thread of its own, and waiting for none of them longer than is
allowed.

Clients of caches, stores and indexes have time limits of their own, of up to minutes. A thread that still waits for one
is left behind, and its part is not asked again before that thread has ended: a part that hangs costs one thread.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

logger = logging.getLogger(__name__)

Details = dict[str, Any]
_waiting: dict[str, threading.Thread] = {}
_starting = threading.Lock()


class Unwell(Exception):
    """A part works, but not as it should. `sentence` may be shown to staff, and so may `details`."""

    status = "degraded"

    def __init__(self, sentence: str, **details: Any) -> None:
        super().__init__(sentence)
        self.details: Details = details


class Broken(Unwell):
    """A part does not work, for a reason that may be shown."""

    status = "unhealthy"


@dataclass
class Finding:
    """`status` is healthy, degraded or unhealthy; `error` a sentence without secrets, empty when all is well."""

    status: str = "healthy"
    response_time_ms: float = 0.0
    error: str = ""
    details: Details = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        said = {"status": self.status, "response_time_ms": round(self.response_time_ms, 1), "error": self.error}
        return {**said, **self.details}


def look(check: Callable[[], Details], sentence: str) -> Finding:
    """`sentence` is what is said of a part whose check raises: what a client raises may quote a password."""
    started, finding = time.monotonic(), Finding()
    try:
        finding.details = check()
    except Unwell as error:
        finding.status, finding.error, finding.details = error.status, str(error), error.details
    except Exception as error:  # Whatever a client raises: a probe never fails with a traceback.
        logger.warning("%s %s: %s", sentence, type(error).__name__, error)
        finding.status, finding.error = "unhealthy", f"{sentence} ({type(error).__name__})"
    finding.response_time_ms = (time.monotonic() - started) * 1000
    return finding


def look_at_all(checks: Mapping[str, tuple[Callable[[], Details], str]], *, seconds: float) -> dict[str, Finding]:
    """All at once, for `seconds` in all."""
    findings: dict[str, Finding] = {}
    deadline = time.monotonic() + seconds
    threads = {name: _start(name, check, sentence, findings) for name, (check, sentence) in checks.items()}
    for thread in threads.values():
        if thread is not None:
            thread.join(max(deadline - time.monotonic(), 0))
    late = Finding("unhealthy", seconds * 1000, "It did not answer in time.")
    return {name: findings.get(name, late) for name in checks}


def _start(
    name: str, check: Callable[[], Details], sentence: str, findings: dict[str, Finding]
) -> threading.Thread | None:
    """None while an earlier thread still waits for this part."""
    with _starting:
        if (earlier := _waiting.get(name)) is not None and earlier.is_alive():
            return None

        def run() -> None:
            findings[name] = look(check, sentence)

        _waiting[name] = thread = threading.Thread(target=run, name=f"health-{name}", daemon=True)
        thread.start()
        return thread
