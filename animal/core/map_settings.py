"""Where maps and addresses come from, read from the environment. Unset: the bundled outlines, and no address search."""

from __future__ import annotations

import html
import os
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from animal.core import env
from animal.core.env import env_str

OPENSTREETMAP = "openstreetmap.org"
OPENSTREETMAP_CREDIT = "© OpenStreetMap contributors"


@dataclass(frozen=True)
class MapSettings:
    """`tile_origin` is what the Content-Security-Policy lets pictures in from, "" without tiles."""

    tile_url: str
    tile_origin: str
    attribution: str
    geocoder_url: str


def map_settings() -> MapSettings:
    tile_url = env_str("MAP_TILE_URL")
    origin = _tile_origin(tile_url) if tile_url else ""
    if tile_url and not origin:
        example = "https://tiles.example/{z}/{x}/{y}.png"
        env.problems.append(f"MAP_TILE_URL must be an address such as {example}, but it is {tile_url!r}.")
        tile_url = ""
    geocoder = env_str("GEOCODER_URL")
    if geocoder and not _is_web_address(geocoder):
        env.problems.append(
            "GEOCODER_URL must be the address of a search such as https://nominatim.example/search, "
            f"but it is {geocoder!r}."
        )
        geocoder = ""
    return MapSettings(tile_url=tile_url, tile_origin=origin, attribution=_attribution(tile_url), geocoder_url=geocoder)


def _attribution(tile_url: str) -> str:
    """As text, whatever the operator wrote: pages show it as such."""
    said = html.unescape(re.sub(r"<[^>]*>", "", os.environ.get("MAP_ATTRIBUTION", ""))).strip()
    return said or (OPENSTREETMAP_CREDIT if OPENSTREETMAP in tile_url else "")


def _tile_origin(url: str) -> str:
    """ "" for what is no address of tiles. `{s}` in front of the host is a star in the policy."""
    if not all(part in url for part in ("{z}", "{x}", "{y}")) or not _is_web_address(url):
        return ""
    parts = urlsplit(url)
    host = parts.netloc.replace("{s}", "*", 1)
    is_host = re.fullmatch(r"(\*\.)?[A-Za-z0-9.-]+(:\d{1,5})?", host)
    return f"{parts.scheme}://{host}" if is_host else ""


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc) and "@" not in parts.netloc
