"""Where an address is, asked of a Nominatim-compatible search (GEOCODER_URL).

This service asks, not the browser: the search learns neither who asks nor from where. What was typed stands in no
address of ours, in no log, and in the cache under a digest only.
https://nominatim.org/release-docs/latest/api/Search/
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from animal.core.errors import ServiceUnavailable
from animal.core.text import normalised_key

RESULTS = 5
CONNECT_SECONDS, SECONDS = 2.0, 4.0
MAX_BYTES = 200_000
CACHE_SECONDS = 86_400
# Of everybody together: the rules of public servers allow one question a second.
WINDOW_SECONDS, MOST_IN_WINDOW = 10, 10
BUSY_KEY = "geocoder:asked"
USER_AGENT = "PawGle (lost and found animals)"

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class FoundPlace:
    name: str
    latitude: float
    longitude: float


def places_found(text: str) -> list[FoundPlace]:
    """The likeliest first; none where no search is set. Raises ServiceUnavailable while it does not answer."""
    if not settings.GEOCODER_URL:
        return []
    language = get_language() or "en"
    digest = hashlib.sha256(f"{language}\0{normalised_key(text)}".encode()).hexdigest()
    key = f"geocoder:{digest}"
    known: list[dict[str, Any]] | None = cache.get(key)
    if known is None:
        _count()
        known = [asdict(place) for place in _asked(text, language)]
        cache.set(key, known, CACHE_SECONDS)
    return [FoundPlace(**place) for place in known]


def _count() -> None:
    cache.add(BUSY_KEY, 0, WINDOW_SECONDS)
    try:
        asked = cache.incr(BUSY_KEY)
    except ValueError:  # The window ended between the two.
        return
    if asked > MOST_IN_WINDOW:
        raise ServiceUnavailable(_("Many addresses are looked up right now. Please try again."), retry_after=5)


def _asked(text: str, language: str) -> list[FoundPlace]:
    import httpx  # On first use: every start of every process would wait for it.

    question = {"q": text, "format": "jsonv2", "limit": str(RESULTS), "accept-language": language}
    try:
        with httpx.stream(
            "GET",
            settings.GEOCODER_URL,
            params=question,
            headers={"User-Agent": USER_AGENT},
            timeout=httpx.Timeout(SECONDS, connect=CONNECT_SECONDS),
        ) as answer:
            answer.raise_for_status()
            content = b""
            for part in answer.iter_bytes():
                content += part
                if len(content) > MAX_BYTES:
                    raise ValueError("too long an answer")
        rows = httpx.Response(200, content=content).json()
        return [_place(row) for row in rows[:RESULTS]]
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError) as error:
        # The error's own words hold the address that was asked for.
        logger.warning("the search for addresses failed: %s", type(error).__name__)
        raise ServiceUnavailable(_("The search for addresses does not answer. Please move the pin.")) from None


def _place(row: Any) -> FoundPlace:
    latitude, longitude = float(row["lat"]), float(row["lon"])
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise ValueError("no place on Earth")
    return FoundPlace(str(row["display_name"])[:300], round(latitude, 6), round(longitude, 6))
