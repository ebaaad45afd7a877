"""The search for addresses: asked by this service, remembered, and never in a log."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from animal.conftest import Actor
from animal.core import env
from animal.core.map_settings import map_settings

pytestmark = pytest.mark.django_db
SEARCH = "/api/v1/places/search/"
MUNICH = {"display_name": "Marienplatz <b>, Munich", "lat": "48.1371541", "lon": "11.5761242"}


class Nominatim(BaseHTTPRequestHandler):
    answer: Any = [MUNICH]
    asked: list[dict[str, list[str]]] = []
    headers_seen: list[Any] = []

    def do_GET(self) -> None:
        Nominatim.asked.append(parse_qs(urlsplit(self.path).query))
        Nominatim.headers_seen.append(self.headers)
        body = json.dumps(self.answer).encode()
        self.send_response(200 if self.answer is not None else 500)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


@pytest.fixture
def nominatim(settings: Any) -> Iterator[type[Nominatim]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Nominatim)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.GEOCODER_URL = f"http://127.0.0.1:{server.server_port}/search"
    Nominatim.asked, Nominatim.headers_seen, Nominatim.answer = [], [], [MUNICH]
    yield Nominatim
    server.shutdown()
    server.server_close()


def test_an_address_is_asked_for_once_without_its_person_and_stands_in_no_log(
    anonymous: Actor, nominatim: type[Nominatim], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    for text in ("Marienplatz 1", "  marienplatz 1 "):
        answer = anonymous.post(SEARCH, {"text": text}, headers={"X-Forwarded-For": "203.0.113.9"})
        (place,) = answer.json()["results"]
        assert place == {"name": "Marienplatz <b>, Munich", "latitude": 48.137154, "longitude": 11.576124}
    assert [asked["q"] for asked in nominatim.asked] == [["Marienplatz 1"]], "the second answer is remembered"
    assert "203.0.113.9" not in str(nominatim.headers_seen[0])
    for number, wrong in enumerate(
        (None, {"a": 1}, [{"lat": "91", "lon": "0", "display_name": "x"}], [MUNICH | {"lat": "nan"}], "x")
    ):
        nominatim.answer = wrong
        answer = anonymous.post(SEARCH, {"text": f"Secret lane {number}"})
        assert answer.status_code == 503, wrong
        assert int(answer["Retry-After"]) > 0
    assert "Secret lane" not in caplog.text
    nominatim.answer = [MUNICH]
    codes = [anonymous.post(SEARCH, {"text": f"Lane {n}"}).status_code for n in range(12)]
    assert codes[0] == 200
    assert codes[-1] == 503, "the server that we ask is spared"


def test_without_a_search_no_page_offers_one_and_tiles_are_let_in_from_where_they_come(
    client: Client, anonymous: Actor, nominatim: type[Nominatim], owner: Actor, settings: Any, monkeypatch: Any
) -> None:
    client.force_login(owner.user, backend="accounts.backends.EmailBackend")
    assert "data-address" in client.get("/report").content.decode()
    settings.GEOCODER_URL = ""
    assert "data-address" not in client.get("/report").content.decode()
    assert anonymous.post(SEARCH, {"text": "Marienplatz 1"}).json() == {"is_offered": False, "results": []}
    monkeypatch.setattr(env, "problems", [])
    tiles = {
        "https://tile.openstreetmap.org/{z}/{x}/{y}.png": "https://tile.openstreetmap.org",
        "https://{s}.tiles.example:8443/{z}/{x}/{y}.png?key=a": "https://*.tiles.example:8443",
    }
    for url, origin in tiles.items():
        monkeypatch.setenv("MAP_TILE_URL", url)
        assert (map_settings().tile_url, map_settings().tile_origin) == (url, origin)
    assert map_settings().attribution == ""
    monkeypatch.setenv("MAP_ATTRIBUTION", '<a href="https://x.example">&copy; Somebody</a>')
    assert map_settings().attribution == "© Somebody"
    assert env.problems == []
    for refused in ("https://tiles.example/", "ftp://a/{z}/{x}/{y}", "https://a b;script-src *//{z}/{x}/{y}"):
        monkeypatch.setenv("MAP_TILE_URL", refused)
        assert (map_settings().tile_url, map_settings().tile_origin) == ("", "")
    monkeypatch.setenv("GEOCODER_URL", "nominatim")
    assert map_settings().geocoder_url == ""
    assert len(set(env.problems)) == 4
