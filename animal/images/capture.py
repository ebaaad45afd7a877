"""What a camera wrote about a photo (EXIF 2.32): when, where and with what it was taken.

The file is a stranger's: every value may be missing, of the wrong type or absurd, and none of that refuses a photo.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from PIL import ExifTags
from PIL.Image import Exif

_DATE = re.compile(r"(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)")
_MARKUP = re.compile(r"[<>\"]")
_OFFSET = re.compile(r"([+-])(\d\d):(\d\d)")
FIRST_DIGITAL_YEAR = 1990


@dataclass(frozen=True)
class Capture:
    orientation: int = 1
    make: str = ""
    model: str = ""
    taken_at: datetime | None = None
    latitude: float | None = None
    longitude: float | None = None


def read_capture(exif: Exif) -> Capture:
    point = _point(_directory(exif, ExifTags.IFD.GPSInfo))
    details = _directory(exif, ExifTags.IFD.Exif)
    return Capture(
        orientation=_orientation(_value(exif, ExifTags.Base.Orientation)),
        make=_name(_value(exif, ExifTags.Base.Make)),
        model=_name(_value(exif, ExifTags.Base.Model)),
        taken_at=_taken_at(details),
        latitude=point[0] if point else None,
        longitude=point[1] if point else None,
    )


def _value(exif: Exif, tag: int) -> Any:
    try:
        return exif.get(tag)
    except Exception:
        return None  # A damaged directory raises whatever its bytes happen to mean.


def _directory(exif: Exif, tag: int) -> dict[int, Any]:
    try:
        return dict(exif.get_ifd(tag))
    except Exception:
        return {}


def _orientation(value: Any) -> int:
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _name(value: Any) -> str:
    text = _MARKUP.sub("", value.strip("\0 "))[:64].strip() if isinstance(value, str) else ""
    return text if text.isprintable() else ""


def _taken_at(details: dict[int, Any]) -> datetime | None:
    """In UTC. Without OffsetTimeOriginal the camera's clock is taken for UTC, which is up to 14 hours wrong: good
    enough for the suggestion that it is."""
    match = _DATE.match(str(details.get(ExifTags.Base.DateTimeOriginal, "")))
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part) for part in match.groups())
    try:
        taken_at = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        offset = _OFFSET.match(str(details.get(ExifTags.Base.OffsetTimeOriginal, "")))
        if offset is not None:
            ahead = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
            taken_at += -ahead if offset[1] == "+" else ahead
    except (ValueError, OverflowError):
        return None
    plausible = taken_at.year >= FIRST_DIGITAL_YEAR and taken_at < datetime.now(UTC) + timedelta(days=1)
    return taken_at if plausible else None


def _point(gps: dict[int, Any]) -> tuple[float, float] | None:
    latitude = _degrees(gps.get(ExifTags.GPS.GPSLatitude), gps.get(ExifTags.GPS.GPSLatitudeRef), "S", limit=90)
    longitude = _degrees(gps.get(ExifTags.GPS.GPSLongitude), gps.get(ExifTags.GPS.GPSLongitudeRef), "W", limit=180)
    if latitude is None or longitude is None or (latitude == 0 and longitude == 0):
        return None  # Cameras without a fix write zeros.
    return latitude, longitude


def _degrees(parts: Any, reference: Any, negative: str, *, limit: int) -> float | None:
    try:
        degrees, minutes, seconds = (float(part) for part in parts)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    value = degrees + minutes / 60 + seconds / 3600
    if str(reference).strip("\0 ").upper() == negative:
        value = -value
    return round(value, 6) if math.isfinite(value) and abs(value) <= limit else None
