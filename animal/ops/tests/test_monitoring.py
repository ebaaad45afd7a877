"""B76 and weakness 17: every expression of the rules and of the dashboard names metrics that /metrics/ has.

That each of them has a sample that is not zero once a service works is what `demo --check` sees.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import promql_parser
import pytest
import yaml
from django.urls import get_resolver
from django.utils import timezone

from animal.conftest import Actor
from animal.core.metrics import lazy
from animal.core.tests.bad_input.calls import _walk
from animal.ops import gauges
from animal.ops.exposition import _All
from animal.ops.heartbeat import heartbeat_write
from animal.ops.watched import FOLDER, counted_names, expressions, watched_names
from animal.recognition.tests.gallery import live_entry

# Prometheus' own: whether the scrape succeeded.
OF_PROMETHEUS = {"up": {"job", "instance"}}


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    return json.loads((FOLDER / "grafana-dashboard.json").read_text())["panels"]


def all_expressions() -> list[str]:
    of_panels = [target["expr"] for panel in panels() for target in panel.get("targets", ())]
    return [rule["expr"] for rule in rules()] + of_panels


def selectors(expression: str) -> Iterator[tuple[str, list[Any]]]:
    """The names in a PromQL expression with their conditions. Raises ValueError for what Prometheus would refuse."""
    found: list[Any] = []

    def look(node: Any) -> bool:
        if isinstance(node, promql_parser.VectorSelector):
            found.append(node)
        return True

    promql_parser.walk(promql_parser.parse(expression.replace("$__rate_interval", "5m")), look)
    for selector in found:
        yield selector.name, list(selector.matchers.matchers)


@pytest.fixture
def samples(owner: Actor) -> Iterator[dict[str, list[dict[str, str]]]]:
    """Labels of every sample that there can be: one count of each metric."""
    lazy.forget_all()
    gauges.forget_kept()
    for metric in lazy.declared().values():
        labels = tuple("/api/x/" if label == "endpoint" else "x" for label in metric.labels)
        metric.observe(1, *labels) if isinstance(metric, lazy.Histogram) else metric.inc(*labels)  # type: ignore[attr-defined]
    live_entry(1)
    heartbeat_write(uuid.uuid4(), workers=1, busy=0, started_at=timezone.now() - timedelta(minutes=1))
    found: dict[str, list[dict[str, str]]] = {}
    for family in _All().collect():
        for sample in family.samples:
            found.setdefault(sample.name, []).append(sample.labels)
    yield found
    lazy.forget_all()
    gauges.forget_kept()


def test_b76_every_expression_names_metrics_and_labels_that_exist(samples: dict[str, list[dict[str, str]]]) -> None:
    checked = 0
    for expression in all_expressions():
        for name, conditions in selectors(expression):
            labels = OF_PROMETHEUS.get(name) or set().union(*samples.get(name, [{}]))
            assert name in samples or name in OF_PROMETHEUS, f"nobody exports {name}: {expression}"
            assert {condition.name for condition in conditions} <= labels, expression
            checked += 1
    assert checked > 50


def test_an_expression_with_a_name_that_nobody_exports_is_found(samples: dict[str, list[dict[str, str]]]) -> None:
    """Weakness 17 was this one."""
    assert [name for name, _ in selectors('rate(celery_tasks_failed_total{queue="x"}[5m]) > 0')] == [
        "celery_tasks_failed_total"
    ]
    assert "celery_tasks_failed_total" not in samples
    with pytest.raises(ValueError, match=r".+"):
        list(selectors("rate(up[5m"))


def test_what_the_demo_looks_for_is_all_that_the_expressions_use(samples: dict[str, list[dict[str, str]]]) -> None:
    """`animal.ops.watched` reads them without a parser, which production does without."""
    assert [" ".join(said.split()) for said in expressions()] == [" ".join(said.split()) for said in all_expressions()]
    used = {name for expression in all_expressions() for name, _ in selectors(expression)} - OF_PROMETHEUS.keys()
    assert watched_names(set(samples)) == used
    assert counted_names() <= set(samples)


def test_rules_and_panels_can_be_read_by_those_whom_they_wake() -> None:
    for rule in rules():
        assert set(rule["annotations"]) == {"summary", "action"}, rule["alert"]
        assert rule["labels"]["severity"] in {"critical", "warning"}
    assert all(panel["title"] for panel in panels())
    assert len({panel["id"] for panel in panels()}) == len(panels())
    for panel in panels():
        for target in panel.get("targets", ()):
            assert panel["type"] != "timeseries" or target["legendFormat"], "a line needs a name"


def test_the_routes_that_a_rule_leaves_out_exist() -> None:
    routes = {f"/{route}" for route, _ in _walk(get_resolver().url_patterns, "")}
    assert {"/api/auth/pets/search/", "/api/auth/pets/report/"} <= routes
    assert 'endpoint!~"/api/auth/pets/(search|report)/"' in (FOLDER / "alerts.yml").read_text()


def test_weakness_17_prometheus_is_sent_to_metrics_and_not_to_json() -> None:
    sample = yaml.safe_load((FOLDER / "prometheus.yml").read_text())
    assert sample["rule_files"] == ["alerts.yml"]
    (job,) = sample["scrape_configs"]
    assert (job["job_name"], job["metrics_path"], job["authorization"]["type"]) == ("pawgle", "/metrics/", "Bearer")
    assert 'up{job="pawgle"}' in (FOLDER / "alerts.yml").read_text()
