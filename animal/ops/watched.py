"""The metrics that the alert rules and the dashboard of deploy/monitoring speak of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from animal.core.metrics.lazy import Counter, Histogram, declared
from animal.ops.exposition import ALIASES, QUERY_SECONDS, REQUEST_METRICS

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "monitoring"
_EXPRESSION = re.compile(
    r'"expr": "(?P<json>(?:[^"\\]|\\.)*)"|expr: (?P<yaml>[^|\n].*)|expr: \|\n(?P<block>(?: {10,}.*\n)+)'
)
_WORDS = re.compile(r"[a-z][a-z0-9_]*")
_NOT_NAMES = re.compile(r'\{[^}]*\}|"[^"]*"')


def expressions() -> Iterator[str]:
    for name in ("alerts.yml", "grafana-dashboard.json"):
        for found in _EXPRESSION.finditer((FOLDER / name).read_text(encoding="utf-8")):
            yield (found["json"] or found["yaml"] or found["block"]).replace('\\"', '"')


def counted_names() -> set[str]:
    """Names of the samples that processes count, and of those that follow from them."""
    names: set[str] = set()
    for metric in declared().values():
        parts = ("_bucket", "_count", "_sum") if isinstance(metric, Histogram) else ("",)
        base = metric.name.removesuffix("_total") if isinstance(metric, Counter) else metric.name
        other = {**ALIASES, **REQUEST_METRICS}.get(base, base)
        end = "_total" if isinstance(metric, Counter) else ""
        names |= {f"{known}{end}{part}" for known in (base, other) for part in parts}
        if metric.name == QUERY_SECONDS:
            names.add("django_db_queries_total")
    return names


def watched_names(known: set[str]) -> set[str]:
    """Of the names `known`, those that an expression uses."""
    return {word for said in expressions() for word in _WORDS.findall(_NOT_NAMES.sub(" ", said))} & known
