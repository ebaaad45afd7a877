"""Places as people have them at hand: two numbers, or a map's link to a place. Nothing is looked up anywhere."""

from __future__ import annotations

import re

_NUMBER = r"([-+]?\d{1,3}(?:\.\d{1,20})?)"
_SHAPES = tuple(
    re.compile(shape)
    for shape in (
        # Copied from a map app: "48.1371, 11.5761", with or without brackets.
        rf"^\(?{_NUMBER}°?\s*[,;\s]\s*{_NUMBER}°?\)?$",
        # RFC 5870, which phones share: geo:48.1371,11.5761;u=35
        rf"^geo:{_NUMBER},{_NUMBER}(?![\d.])",
        # A pin of Google's (!3d48.1371!4d11.5761), truer than where its map was looking (@48.1371,11.5761,17z).
        rf"^https?://\S*!3d{_NUMBER}!4d{_NUMBER}(?![\d.])",
        # Google's and Apple's query (?q=, ?ll=, &query=), with a comma that may be encoded.
        rf"^https?://\S*[?&](?:q|ll|query|daddr|center|sll)={_NUMBER}(?:,|%2C){_NUMBER}(?![\d.])",
        # OpenStreetMap's pin, then where its map was looking.
        rf"^https?://\S*[?&]mlat={_NUMBER}&(?:amp;)?mlon={_NUMBER}(?![\d.])",
        rf"^https?://\S*/@{_NUMBER},{_NUMBER}(?![\d.])",
        rf"^https?://\S*#map=\d{{1,2}}(?:\.\d+)?/{_NUMBER}/{_NUMBER}(?![\d.])",
    )
)
# As maps show a place in degrees, minutes and seconds: 48°08'13.6"N 11°34'33.9"E.
_ARC = r"(\d{1,3})°\s*([0-5]?\d)['′’]\s*([0-5]?\d(?:[.,]\d{1,10})?)(?:[\"″”]|'')?\s*"
_ARCS = re.compile(rf"^{_ARC}([NS])[\s,;]*{_ARC}([EW])$", re.IGNORECASE)
MAX_LENGTH = 2000


def point_pasted(text: str) -> tuple[str, str] | None:
    """Latitude and longitude as they stand in the text, unchecked; None when it holds no place.

    A short link (maps.app.goo.gl) says where only to whoever opens it, which we do not.
    """
    text = text.strip()
    if len(text) > MAX_LENGTH:
        return None
    for shape in _SHAPES:
        if found := shape.search(text):
            return found[1], found[2]
    if found := _ARCS.search(text):
        return _degrees(*found.groups()[:4]), _degrees(*found.groups()[4:])
    return None


def _degrees(degrees: str, minutes: str, seconds: str, towards: str) -> str:
    size = int(degrees) + int(minutes) / 60 + float(seconds.replace(",", ".")) / 3600
    return f"{-size if towards.upper() in 'SW' else size:.6f}"


def place_typed(latitude: str, longitude: str) -> tuple[str, str]:
    """Both fields of a form. A place that was pasted into one of them counts for both, whatever stands in the other:
    with an empty one, with what was there before, or with the same place once more."""
    if not longitude.strip() and (point := point_pasted(latitude)):
        return point
    # A comma may stand for the decimal point: beside another number "48,137" is no place, but 48.137.
    pasted = {point for field in (latitude, longitude) if (point := point_pasted(field))}
    exact = {point for point in pasted if all("." in part for part in point)}
    return exact.pop() if len(exact) == 1 else (latitude, longitude)
