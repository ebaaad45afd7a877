"""prometheus_client's metrics, made when they are first counted.

By then the process has said whether its counts are its own or go into files beside those of other processes
(`animal.core.metrics.files`), which prometheus_client has to know before it makes a metric.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Any

import prometheus_client

logger = logging.getLogger(__name__)

registry = prometheus_client.CollectorRegistry()
"""What this process counts by itself. Of no use once counts are shared."""

_making = threading.Lock()
_all: dict[str, _Lazy] = {}


class _Lazy:
    """Counting never breaks what is counted: on a full disk, say, the counts stand still."""

    def __init__(self, name: str, text: str, labels: Sequence[str] = (), **options: Any) -> None:
        self.name, self.text, self.labels, self._options = name, text, tuple(labels), options
        self._metric: Any = None
        self._children: dict[tuple[str, ...], Any] = {}
        self._told = False
        _all[name] = self

    def forget(self) -> None:
        if self._metric is not None:
            registry.unregister(self._metric)
        self._metric, self._children = None, {}

    def _child(self, values: tuple[str, ...]) -> Any:
        child = self._children.get(values)
        if child is None:
            with _making:
                if self._metric is None:
                    self._metric = self._make()(self.name, self.text, self.labels, registry=registry, **self._options)
                child = self._children[values] = self._metric.labels(*values) if self.labels else self._metric
        return child

    def _make(self) -> Callable[..., Any]:
        raise NotImplementedError

    def _failed(self, error: Exception) -> None:
        if not self._told:
            self._told = True
            logger.warning("%s is not counted: %s", self.name, error)


class Counter(_Lazy):
    def inc(self, *values: str, by: float = 1) -> None:
        try:
            self._child(values).inc(by)
        except Exception as error:
            self._failed(error)

    def _make(self) -> Callable[..., Any]:
        return prometheus_client.Counter


class Histogram(_Lazy):
    def observe(self, amount: float, *values: str) -> None:
        try:
            self._child(values).observe(amount)
        except Exception as error:
            self._failed(error)

    def _make(self) -> Callable[..., Any]:
        return prometheus_client.Histogram


class Gauge(_Lazy):
    """Of several processes that live, the sum."""

    def __init__(self, name: str, text: str, labels: Sequence[str] = ()) -> None:
        super().__init__(name, text, labels, multiprocess_mode="livesum")

    def inc(self, *values: str, by: float = 1) -> None:
        try:
            self._child(values).inc(by)
        except Exception as error:
            self._failed(error)

    def set(self, amount: float, *values: str) -> None:
        try:
            self._child(values).set(amount)
        except Exception as error:
            self._failed(error)

    def _make(self) -> Callable[..., Any]:
        return prometheus_client.Gauge


def forget_all() -> None:
    """Begin anew: what was counted so far is dropped."""
    with _making:
        for metric in _all.values():
            metric.forget()


def declared() -> dict[str, _Lazy]:
    return dict(_all)
