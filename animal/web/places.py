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
    return None


def place_typed(latitude: str, longitude: str) -> tuple[str, str]:
    """Both fields of a form; a pasted place in the first one fills an empty second one, too."""
    if not longitude.strip() and (point := point_pasted(latitude)):
        return point
    return latitude, longitude
