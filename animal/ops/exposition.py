"""The text of `/metrics/`: what all processes of this host counted, what follows from it, and the database's gauges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import nullcontext

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from animal.core.metrics import lazy
from animal.core.metrics.files import gathered, shared_folder
from animal.ops.gauges import database_gauges

CONTENT_TYPE = CONTENT_TYPE_LATEST
# Names under which dashboards of a Celery service know the same.
ALIASES = {
    "background_tasks": "celery_tasks",
    "background_tasks_duration_seconds": "celery_task_duration_seconds",
    "background_tasks_active": "active_celery_tasks",
}
QUERY_SECONDS = "django_db_query_duration_seconds"
REQUEST_METRICS = {
    "django_http_requests": "api_requests",
    "django_http_request_duration_seconds": "api_request_duration_seconds",
}


def exposition() -> bytes:
    return generate_latest(_All())  # All that it asks of a registry is to collect.


class _All:
    def collect(self) -> Iterator[Metric]:
        folder = shared_folder()
        with gathered(folder) if folder is not None else nullcontext(lazy.registry) as counts:
            families = [*counts.collect(), *database_gauges()]
        yield from sorted([*families, *_derived(families)], key=lambda family: family.name)


def _derived(families: Iterable[Metric]) -> Iterator[Metric]:
    """What would only be counted twice otherwise."""
    for family in families:
        if family.name in REQUEST_METRICS:
            yield _of_the_api(family, REQUEST_METRICS[family.name])
        if family.name in ALIASES:
            yield _renamed(family, ALIASES[family.name])
        if family.name == QUERY_SECONDS:
            queries = Metric("django_db_queries", "Statements.", "counter")
            for sample in family.samples:
                if sample.name.endswith("_count"):
                    queries.add_sample("django_db_queries_total", sample.labels, sample.value)
            yield queries


def _of_the_api(family: Metric, name: str) -> Metric:
    """Of what is asked below /api/; `version` is v1, or web for the routes that the first web client speaks."""
    found = Metric(name, family.documentation, family.type)
    for sample in family.samples:
        if (endpoint := sample.labels["endpoint"]).startswith("/api/"):
            version = "v1" if endpoint.startswith("/api/v1/") else "web"
            labels = {**sample.labels, "version": version}
            found.add_sample(sample.name.replace(family.name, name, 1), labels, sample.value)
    return found


def _renamed(family: Metric, name: str) -> Metric:
    if family.type == "gauge":
        return GaugeMetricFamily(name, family.documentation, value=family.samples[0].value)
    found = Metric(name, family.documentation, family.type)
    for sample in family.samples:
        found.add_sample(sample.name.replace(family.name, name, 1), sample.labels, sample.value)
    return found
