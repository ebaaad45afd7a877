"""How the service is, part by part: `/api/v1/health/`, and the shorter question of `/ready/`."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import timezone

from animal.ops import parts
from animal.ops.bounded import Finding, look, look_at_all

# Of one answer, whatever hangs.
LONGEST_SECONDS = 2.0
# Anybody may ask, and asking costs something: what was found is told again for so long.
KEPT_SECONDS = 2.0
DATABASE_FIRST = Finding("unhealthy", error="The database does not answer, so this cannot be known.")


@dataclass(frozen=True)
class Report:
    findings: dict[str, Finding]
    timestamp: str
    seconds: float

    @property
    def status(self) -> str:
        if any(finding.status == "unhealthy" for name, finding in self.findings.items() if name in parts.FATAL):
            return "unhealthy"
        worst = {finding.status for finding in self.findings.values()}
        return "healthy" if worst == {"healthy"} else "degraded"

    def as_json(self, *, detailed: bool) -> dict[str, Any]:
        said: dict[str, Any] = {"status": self.status, "timestamp": self.timestamp}
        if not detailed:
            return said
        return {
            **said,
            "checks": {name: finding.as_json() for name, finding in self.findings.items()},
            "metadata": {
                "environment": settings.SENTRY_ENVIRONMENT,
                "version": settings.SPECTACULAR_SETTINGS["VERSION"],
                "debug": settings.DEBUG,
            },
            "total_response_time_ms": round(self.seconds * 1000, 1),
        }


_making = threading.Lock()
_kept: tuple[float, Report] | None = None


def health_report() -> Report:
    """One at a time: who comes meanwhile gets the same."""
    global _kept
    with _making:
        if _kept is None or time.monotonic() - _kept[0] > KEPT_SECONDS:
            report = _look()
            _kept = time.monotonic(), report
        return _kept[1]


def forget_kept() -> None:
    global _kept
    _kept = None


def _look() -> Report:
    started = time.monotonic()
    findings = look_at_all(parts.outside(), seconds=LONGEST_SECONDS)
    database_is_there = findings["database"].status == "healthy"
    for name, (check, sentence) in parts.IN_THE_DATABASE.items():
        findings[name] = look(check, sentence) if database_is_there else DATABASE_FIRST
    if database_is_there and findings["index"].status == "healthy":
        findings["index"] = _agreeing(findings["index"])
    return Report(findings, timezone.now().isoformat(), time.monotonic() - started)


def _agreeing(index: Finding) -> Finding:
    """Whether the index holds as many vectors as the database. `sync_qdrant --check` compares each."""
    entries = parts.gallery_vectors()
    details = {**index.details, "entries": entries}
    held = details.get("held", entries)
    if held != entries and not parts.index_waiting():
        error = f"Qdrant holds {held} vectors and the database {entries}: run sync_qdrant."
        return Finding("degraded", index.response_time_ms, error, details)
    return Finding("healthy", index.response_time_ms, "", details)
