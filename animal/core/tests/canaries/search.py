"""Finding what must not be there, whatever its shape: text, JSON, a page, a picture, a mail, an archive."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import html
import io
import json
import re
import zipfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

import h3.api.basic_str as h3
import numpy as np
from PIL import Image as Pillow

from animal.core.geo import BLUR_MAX_M, BLUR_MIN_M, haversine_m

EVERYBODY = "everybody"
# Pages show five decimals, which is a metre.
NEAREST_M = BLUR_MIN_M - 1
AROUND_M = BLUR_MAX_M + 50
LONGEST_LIST = 63
WINDOW = 8
MARK = re.compile(r"zq\d{6}(?!\d)")
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e-?\d+)?", re.IGNORECASE)
_DEGREES = re.compile(r"(\d{1,3})\s?°\s?(\d{1,2})\s?['′]\s?(\d{1,2}(?:\.\d+)?)")
_HEX = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12,}")
_TAG = re.compile(r"ani(?:-?[0-9a-z]{4}){4}")
_LONG = re.compile(r"[\w.~+/-]{24,}")
_MOMENT = re.compile(r"2019[-:]\d\d[-:]\d\d[t ]\d\d:\d\d:\d\d")
_PHONE = re.compile(r"15779\d{6}")
_CHIP = re.compile(r"276098106\d{6}")
_LIST = re.compile(rf"(?:-?\d[\d.e-]*[,;\s]+){{{LONGEST_LIST}}}", re.IGNORECASE)
_CELL = re.compile(r"\b8[0-9a-f]{14}\b|\b\d{18,19}\b")
_DISTANCE = re.compile(
    r"\"[^\"]*(?:dist|met(?:er|re)|_km|_m)\w*\":\s*\"?(\d+(?:\.\d+)?)|(\d+(?:\.\d+)?)\s?(?:m|km|met(?:er|re)s?|miles?)\b"
)


@dataclass(frozen=True)
class Finding:
    what: str
    actor: str
    where: str

    def __str__(self) -> str:
        return f"{self.what} is shown to {self.actor} at {self.where}"


@dataclass(frozen=True)
class Canary:
    what: str
    may_see: frozenset[str]

    def is_for(self, actor: str) -> bool:
        return EVERYBODY in self.may_see or actor in self.may_see


@dataclass(frozen=True)
class Point:
    canary: Canary
    latitude: float
    longitude: float
    geohash: str


@dataclass
class Watch:
    """All canaries of a world, and what was seen of them."""

    texts: dict[str, Canary] = field(default_factory=dict)
    """By the one form in which they are looked up: see `forms_in`."""
    points: list[Point] = field(default_factory=list)
    vectors: dict[str, Canary] = field(default_factory=dict)
    """By the beginning of their base64."""
    displaced: dict[str, set[tuple[float, float]]] = field(default_factory=dict)
    """The points shown instead of a true one, by what that is."""
    seen: set[tuple[str, str]] = field(default_factory=set)
    """(what, actor), also where it is allowed: proof that the crawl looks in the right place."""
    findings: list[Finding] = field(default_factory=list)

    def add(self, form: str, what: str, may_see: Collection[str] = ()) -> None:
        """One canary; of the same one again, more people may see it."""
        known = self.texts.get(form)
        readers = frozenset(may_see) | (known.may_see if known else frozenset())
        self.texts[form] = Canary(known.what if known else what, readers)

    def add_address(self, address: str, what: str, may_see: Collection[str]) -> None:
        """An e-mail address, whose digest, which some sites put into addresses of pictures, nobody is shown."""
        self.add(MARK.search(address)[0], what, may_see)  # type: ignore[index]
        for method in ("md5", "sha1", "sha256"):
            self.add(hashlib.new(method, address.lower().encode()).hexdigest(), f"{method} of {what}")

    def add_point(self, latitude: float, longitude: float, what: str, may_see: Collection[str]) -> None:
        canary = Canary(what, frozenset(may_see))
        self.points.append(Point(canary, latitude, longitude, geohash(latitude, longitude, 7)))

    def add_vector(self, vector: bytes, what: str) -> None:
        canary = Canary(what, frozenset())
        self.vectors[base64.b64encode(vector[:60]).decode()] = canary
        self.vectors[vector[:60].hex()] = canary

    # --- looking ----------------------------------------------------------------------------------------------------

    def look(self, actor: str, where: str, content: bytes | str) -> list[Finding]:
        """What of others this actor was shown there; also kept in `findings`. Of what stands in `where` itself, such as
        the address of a picture, whoever asks there was told before."""
        found: dict[str, None] = {}
        known = {self.texts[form].what for form in forms_in(where.lower(), where) if form in self.texts}
        for text in readings(content):
            for canary in self._canaries_in(text, actor):
                self.seen.add((canary.what, actor))
                if not canary.is_for(actor) and canary.what not in known:
                    found[canary.what] = None
            found |= dict.fromkeys(self._measures_in(actor, text))
        findings = [Finding(what, actor, where) for what in found]
        self.findings += findings
        return findings

    def _canaries_in(self, text: str, actor: str) -> Iterator[Canary]:
        lower = text.lower()
        for form in forms_in(lower, text):
            if form in self.texts:
                yield self.texts[form]
        for start, canary in self.vectors.items():
            if start in text:
                yield canary
        yield from self._points_in(lower, actor)

    def _points_in(self, text: str, actor: str) -> Iterator[Canary]:
        numbers = numbers_in(text)
        cells = [cell for cell in map(_fine_cell, _CELL.findall(text)) if cell]
        for point in self.points:
            shown = list(_pairs_around(numbers, point.latitude, point.longitude))
            displaced = self.displaced.setdefault(point.canary.what, set())
            if not point.canary.is_for(actor):  # Who sees both points would pair the one's numbers with the other's.
                displaced |= {pair for pair, away in shown if away >= NEAREST_M}
            near = any(away < NEAREST_M for _, away in shown)
            if near or point.geohash in text or any(_is_near(point, cell) for cell in cells):
                yield point.canary

    def _measures_in(self, actor: str, text: str) -> Iterator[str]:
        if _LIST.search(text):
            yield f"a list of more than {LONGEST_LIST} numbers"
        stated = [float(first or second) for first, second in _DISTANCE.findall(text.lower())]
        if not stated:
            return
        mine = [point for point in self.points if point.canary.may_see == {actor}]
        for own in mine:
            for point in self.points:
                if point.canary.is_for(actor):
                    continue
                meters = haversine_m(own.latitude, own.longitude, point.latitude, point.longitude)
                if any(_tells(number, meters) for number in stated):
                    yield f"the exact distance to {point.canary.what}"


def _tells(number: float, meters: float) -> bool:
    """Whether a number is this distance, in metres or kilometres, finer than to 100 m."""
    for unit in (1.0, 1000.0):
        value = number * unit
        if abs(value - meters) < 30 and abs(value / 100 - round(value / 100)) > 1e-6:
            return True
    return False


def forms_in(lower: str, text: str) -> Iterator[str]:
    """What in a text can be a canary, each in the form in which the watch knows it."""
    yield from MARK.findall(lower)
    yield from (found.replace("-", "") for found in _HEX.findall(lower))
    yield from (found.replace("-", "") for found in _TAG.findall(lower))
    yield from (re.sub(r"\D", "", found) for found in _MOMENT.findall(lower))
    digits = re.sub(r"[\s()./+-]", "", lower)
    yield from _PHONE.findall(digits)
    yield from _CHIP.findall(digits)
    for found in _LONG.findall(text):
        yield found
        yield from re.split(r"[./]", found)


def numbers_in(text: str) -> np.ndarray:
    """Every number in order; whole ones with many digits also as the degrees that they may be (E5, E6, E7)."""
    numbers: list[float] = []
    for found in _NUMBER.findall(text):
        number = float(found)
        if abs(number) <= 180:
            numbers.append(number)
        elif "." not in found and 100_000 < abs(number) <= 1_800_000_000:
            numbers += [part for part in (number / 1e5, number / 1e6, number / 1e7) if abs(part) <= 180]
    for degrees, minutes, seconds in _DEGREES.findall(text):
        numbers.append(int(degrees) + int(minutes) / 60 + float(seconds) / 3600)
    return np.asarray(numbers)


def _pairs_around(
    numbers: np.ndarray, latitude: float, longitude: float
) -> Iterator[tuple[tuple[float, float], float]]:
    """Two numbers that stand close together, in either order, and are a point around this one; with its distance."""
    if not len(numbers):
        return
    slack = AROUND_M / 111_000
    rows = np.flatnonzero(np.abs(numbers - latitude) < slack)
    columns = np.flatnonzero(np.abs(numbers - longitude) < slack / np.cos(np.radians(latitude)))
    for row in rows:
        for column in columns[np.abs(columns - row) <= WINDOW]:
            pair = float(numbers[row]), float(numbers[column])
            yield pair, haversine_m(*pair, latitude, longitude)


def _fine_cell(token: str) -> str:
    """The H3 cell that a token is, if its edge is shorter than the offset."""
    cell = token if token.startswith("8") and len(token) == 15 else f"{int(token):x}"
    fine = h3.is_valid_cell(cell) and h3.average_hexagon_edge_length(h3.get_resolution(cell), unit="m") < BLUR_MAX_M
    return cell if fine else ""


def _is_near(point: Point, cell: str) -> bool:
    if h3.latlng_to_cell(point.latitude, point.longitude, h3.get_resolution(cell)) == cell:
        return True
    return haversine_m(*h3.cell_to_latlng(cell), point.latitude, point.longitude) < NEAREST_M


def geohash(latitude: float, longitude: float, length: int) -> str:
    """Niemeyer's geohash (http://geohash.org): seven characters are a cell of 153 m."""
    south, north, west, east = -90.0, 90.0, -180.0, 180.0
    number = 0
    for bit in range(length * 5):
        if bit % 2 == 0:
            middle = (west + east) / 2
            inside = longitude >= middle
            west, east = (middle, east) if inside else (west, middle)
        else:
            middle = (south + north) / 2
            inside = latitude >= middle
            south, north = (middle, north) if inside else (south, middle)
        number = number * 2 + inside
    alphabet = "0123456789bcdefghjkmnpqrstuvwxyz"
    return "".join(alphabet[number >> 5 * place & 31] for place in reversed(range(length)))


# --- reading ----------------------------------------------------------------------------------------------------------


def readings(content: bytes | str) -> Iterator[str]:
    """The texts that somebody can read off some bytes: as they are, with escapes undone, in archives and pictures."""
    if isinstance(content, bytes):
        if content.startswith(b"PK\x03\x04"):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                for name in archive.namelist():
                    yield name
                    yield from readings(archive.read(name))
            return
        if content.startswith((b"\xff\xd8", b"\x89PNG", b"RIFF")):
            yield from _picture_texts(content)
            return
    text = content.decode("utf-8", "replace") if isinstance(content, bytes) else content
    yield text
    undone = unquote(html.unescape(text))
    if "\\u" in text or "\\/" in text:
        with contextlib.suppress(ValueError):
            undone += json.dumps(json.loads(text), ensure_ascii=False)
    if undone != text:
        yield undone


def _picture_texts(content: bytes) -> Iterator[str]:
    """All that is not pixels: the file's own text in one and in two bytes a letter, and what its metadata say."""
    yield content.decode("latin-1")
    for start in (0, 1):
        yield content[start:].decode("utf-16-le", "ignore")
    with Pillow.open(io.BytesIO(content)) as picture:
        exif = picture.getexif()
        directories = [dict(exif), dict(exif.get_ifd(0x8769)), dict(exif.get_ifd(0x8825))]
        yield json.dumps([{str(key): str(part) for key, part in parts.items()} for parts in directories])
        gps = directories[2]
        if 2 in gps and 4 in gps:
            yield f"{_decimal(gps[2])}, {_decimal(gps[4])}"
        yield " ".join(f"{key}: {value!r}" for key, value in picture.info.items())


def _decimal(parts: tuple[float, float, float]) -> float:
    return float(parts[0]) + float(parts[1]) / 60 + float(parts[2]) / 3600
