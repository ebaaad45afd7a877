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
class Results:
    bench: str
    data: str
    figures: list[Figure] = field(default_factory=list)

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
    def missed(self) -> list[Figure]:
        return [figure for figure in self.figures if figure.verdict == "MISSED"]

    def as_json(self) -> str:
        body: dict[str, Any] = {"bench": self.bench, "data": self.data, "machine": platform.machine()}
        body["figures"] = [{**asdict(figure), "verdict": figure.verdict} for figure in self.figures]
        return json.dumps(body, indent=2)

    def print_table(self, console: Console) -> None:
        table = Table(title=f"bench {self.bench}: {self.data}", title_justify="left")
        for heading in ("figure", "value", "unit", "bar", "", "note"):
            table.add_column(heading, justify="right" if heading in ("value", "bar") else "left")
        for figure in self.figures:
            table.add_row(figure.name, f"{figure.value:g}", figure.unit, figure.promise, figure.verdict, figure.note)
        console.print(table)
