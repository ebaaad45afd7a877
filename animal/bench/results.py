"""What a benchmark found, as a table for people and as JSON for machines."""

from __future__ import annotations

import json
import platform
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table


@dataclass
class Figure:
    """One measured figure. Where one was promised, `bar` is what it must not exceed, `floor` the least it must be."""

    name: str
    value: float
    unit: str
    bar: float | None = None
    note: str = ""
    floor: float | None = None

    @property
    def verdict(self) -> str:
        if self.bar is None and self.floor is None:
            return ""
        holds = (self.bar is None or self.value <= self.bar) and (self.floor is None or self.value >= self.floor)
        return "holds" if holds else "MISSED"

    @property
    def promise(self) -> str:
        return f">= {self.floor:g}" if self.floor is not None else "" if self.bar is None else f"<= {self.bar:g}"


@dataclass
class Load:
    """What clients saw of one kind of request: times in ms. `bar` is what p95 must not exceed, where one was promised.

    Processor time is the server's, of one request: unlike the others it hardly depends on what else the machine does.
    """

    name: str
    clients: int
    per_second: float
    p50: float
    p95: float
    p99: float
    best_p95: float | None = None
    cpu_ms: float | None = None
    statements: int | None = None
    bar: float | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        if self.bar is None:
            return ""
        return "holds" if self.p95 <= self.bar else "MISSED"


@dataclass
class Results:
    bench: str
    data: str
    figures: list[Figure] = field(default_factory=list)
    loads: list[Load] = field(default_factory=list)

    def add(
        self,
        name: str,
        value: float,
        unit: str,
        *,
        bar: float | None = None,
        note: str = "",
        floor: float | None = None,
    ) -> None:
        self.figures.append(Figure(name, round(float(value), 3), unit, bar, note, floor))

    def add_all_of(self, printed: str) -> None:
        """The figures that another process printed by `as_json`."""
        for figure in json.loads(printed)["figures"]:
            figure.pop("verdict")
            self.figures.append(Figure(**figure))

    def add_percentiles(self, name: str, values: list[float], unit: str, *, p95_bar: float | None = None) -> None:
        for percentile in (50, 95, 99):
            self.add(
                f"{name}, p{percentile}",
                float(np.percentile(values, percentile)),
                unit,
                bar=p95_bar if percentile == 95 else None,
                note=f"n = {len(values)}" if percentile == 50 else "",
            )

    @property
    def missed(self) -> list[Figure | Load]:
        rows: list[Figure | Load] = [*self.figures, *self.loads]
        return [row for row in rows if row.verdict == "MISSED"]

    def as_json(self) -> str:
        body: dict[str, Any] = {"bench": self.bench, "data": self.data, "machine": platform.machine()}
        body["figures"] = [{**asdict(figure), "verdict": figure.verdict} for figure in self.figures]
        if self.loads:
            body["loads"] = [{**_rounded(asdict(load)), "verdict": load.verdict} for load in self.loads]
        return json.dumps(body, indent=2)

    def print_table(self, console: Console) -> None:
        if self.loads:
            self._print_loads(console)
        table = Table(title=f"bench {self.bench}: {self.data}", title_justify="left")
        for heading in ("figure", "value", "unit", "bar", "", "note"):
            table.add_column(heading, justify="right" if heading in ("value", "bar") else "left")
        for figure in self.figures:
            table.add_row(figure.name, f"{figure.value:g}", figure.unit, figure.promise, figure.verdict, figure.note)
        console.print(table)

    def _print_loads(self, console: Console) -> None:
        table = Table(title="ms, but for requests/s and statements", title_justify="left")
        for heading in ("request", "clients", "req/s", "p50", "p95", "p99", "best p95", "CPU", "statements", "bar"):
            table.add_column(heading, justify="left" if heading == "request" else "right")
        table.add_column("")
        for load in self.loads:
            times = (f"{value:.1f}" for value in (load.per_second, load.p50, load.p95, load.p99))
            rest = ("" if value is None else f"{value:.1f}" for value in (load.best_p95, load.cpu_ms))
            bar = "" if load.bar is None else f"<= {load.bar:g}"
            statements = "" if load.statements is None else str(load.statements)
            last = load.verdict or load.note
            table.add_row(load.name, str(load.clients), *times, *rest, statements, bar, last)
        console.print(table)


def _rounded(row: dict[str, Any]) -> dict[str, Any]:
    return {name: round(value, 3) if isinstance(value, float) else value for name, value in row.items()}
