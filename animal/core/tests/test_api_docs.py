"""B69: the pages that show the API description: from this server alone, under a Content-Security-Policy."""

from __future__ import annotations

import gzip
import json
import re

import pytest
from django.contrib.staticfiles import finders
from drf_spectacular.generators import SchemaGenerator

PAGES = ["/api/docs/", "/api/redoc/"]


def policy(answer) -> dict[str, str]:
    directives = (directive.strip().partition(" ") for directive in answer["Content-Security-Policy"].split(";"))
    return {name: sources for name, _, sources in directives}


@pytest.mark.parametrize("page", PAGES)
def test_b69_a_page_loads_only_files_of_ours_and_holds_no_script(client, page):
    html = client.get(page).content.decode()
    addresses = re.findall(r"(?:src|href|data-schema)=\"([^\"]*)\"", html)
    assert "/api/schema/" in addresses
    for address in addresses:
        assert address.startswith(("/static/", "/api/schema/")), address
        if address.startswith("/static/"):
            assert finders.find(address.removeprefix("/static/")), address
    assert re.findall(r"<script(?![^>]* src=)", html) == []
    assert re.findall(r"<[^>]+ on\w+=", html) == []


@pytest.mark.parametrize("page", PAGES)
def test_a_page_may_run_only_scripts_of_ours(client, page):
    rules = policy(client.get(page))
    assert rules["default-src"] == "'self'"  # Which is the rule for scripts as well.
    assert "script-src" not in rules
    assert "style-src" not in rules
    assert rules.get("worker-src") == {"/api/docs/": None, "/api/redoc/": "blob:"}[page]


def test_no_other_page_has_their_licence(client, db):
    assert "worker-src" not in policy(client.get("/"))


def test_b69_the_description_is_compressed_and_made_once_a_minute(client, monkeypatch):
    first = client.get("/api/schema/?format=json", headers={"accept-encoding": "gzip"})
    assert first["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(first.content))["openapi"].startswith("3.1")
    assert len(first.content) < 100_000
    monkeypatch.setattr(SchemaGenerator, "get_schema", None)
    again = client.get("/api/schema/?format=json", headers={"accept-encoding": "gzip"})
    assert again.content == first.content


def test_a_stale_token_does_not_hide_the_description(client):
    assert client.get("/api/schema/", headers={"authorization": "Bearer null"}).status_code == 200
