"""Pictures in an object store: their addresses, and that our own pages may show them."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.storage import storages

ENDPOINT = "https://account.r2.example.com"


def settings_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, **environment: str) -> dict[str, Any]:
    """What animal/settings.py says in this environment."""
    keys = {"CLOUDFLARE_R2_ACCESS_KEY_ID": "key", "CLOUDFLARE_R2_ACCESS_KEY": "secret"}
    for name, value in {"ENV_FILE": "", "VAR_DIR": str(tmp_path), **keys, **environment}.items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(Path(settings.BASE_DIR) / "animal" / "settings.py"))


@pytest.mark.parametrize(
    ("public_url", "origin"),
    [
        ("https://pictures.example.org", "https://pictures.example.org"),
        ("http://127.0.0.1:9000/", "http://127.0.0.1:9000"),
        ("", ENDPOINT),
    ],
)
def test_pages_may_show_pictures_from_where_the_object_store_serves_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, public_url: str, origin: str
) -> None:
    values = settings_for(monkeypatch, tmp_path, CLOUDFLARE_S3_API=f"{ENDPOINT}/", R2_PUBLIC_URL=public_url)
    assert values["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]["img-src"] == ["'self'", "data:", origin]
    store = storages.create_storage(values["STORAGES"]["default"])
    assert store.url("photos/ab/x-rendition.jpg").startswith(f"{origin}/")


def test_while_this_site_serves_the_pictures_no_other_origin_may(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    values = settings_for(monkeypatch, tmp_path, CLOUDFLARE_S3_API="", R2_PUBLIC_URL="https://pictures.example.org")
    assert values["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]["img-src"] == ["'self'", "data:"]
