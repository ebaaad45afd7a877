"""B77: GET /api/v1/version/: which release runs here, and whether the client that asks has to be updated."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from animal.core import env
from animal.core.operation_settings import operation_settings

ADDRESS = "/api/v1/version/"


@pytest.fixture(autouse=True)
def _clients_that_fit(settings: Any) -> None:
    settings.RELEASE = "2026.11"
    settings.CLIENT_VERSION_REQUIRED, settings.CLIENT_VERSION_RECOMMENDED = "1.4", "1.10.2+57"


@pytest.mark.parametrize(
    ("version", "build", "required", "recommended"),
    [
        ("1.3.9", "", True, True),
        ("1.4.0", "", False, True),
        ("1.9.12", "999", False, True),
        ("1.10.2", "", False, True),
        ("1.10.2", "56", False, True),
        ("1.10.2", "57", False, False),
        ("2", "", False, False),
        ("", "56", False, False),
    ],
)
def test_b77_a_client_is_told_whether_it_is_too_old(
    client: Client, version: str, build: str, required: bool, recommended: bool
) -> None:
    sent = {"X-Client-Version": version, "X-Client-Build": build}
    said = client.get(ADDRESS, headers={name: value for name, value in sent.items() if value}).json()
    assert (said["update_required"], said["update_recommended"]) == (required, recommended)


def test_b77_the_release_is_told_to_anybody_and_nothing_that_is_secret(client: Client, settings: Any) -> None:
    settings.GOOGLE_OAUTH_CLIENT_ID = "number.apps.example"
    settings.REPLIES_EMAIL, settings.FORWARD_REPLY_SECRET = "answers@pawgle.example", "hunter2"
    # A token of nobody's, and no statement to the database: this is asked before anybody signs in.
    answer = client.get(ADDRESS, headers={"authorization": "Bearer nobody"})
    assert answer.status_code == 200
    assert answer.json() == {
        "version": "0.1.0",
        "release": "2026.11",
        "required_client_version": "1.4",
        "recommended_client_version": "1.10.2+57",
        "update_required": False,
        "update_recommended": False,
        "features": {"google_sign_in": True, "mail": True, "answers_by_mail": True},
        "limits": {"max_upload_size_mb": 15, "max_pet_photos": 10},
    }


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("X-Client-Version", "latest"),
        ("X-Client-Version", "1.4.0-beta"),
        ("X-Client-Version", "1..4"),
        ("X-Client-Version", "1.2.3.4.5"),
        ("X-Client-Version", "9" * 4000),
        ("X-Client-Build", "-1"),
        ("X-Client-Build", "٣"),
    ],
)
def test_b77_a_header_that_is_no_version_is_named(client: Client, header: str, value: str) -> None:
    answer = client.get(ADDRESS, headers={header: value})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert header in answer.json()["detail"]


def test_b77_a_web_client_of_another_origin_may_send_both_headers(client: Client, settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://client.pawgle.example"]
    asked = {"origin": "https://client.pawgle.example", "access-control-request-method": "GET"}
    allowed = client.options(ADDRESS, headers=asked)["Access-Control-Allow-Headers"].split(", ")
    assert {"x-client-version", "x-client-build"} <= {*allowed}


def test_b77_a_setting_that_is_no_version_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(env, "problems", [])
    monkeypatch.setenv("CLIENT_VERSION_REQUIRED", "newest")
    monkeypatch.setenv("CLIENT_VERSION_RECOMMENDED", "1.4.0+57")
    assert operation_settings().clients == ("", "1.4.0+57")
    assert env.problems == ["CLIENT_VERSION_REQUIRED must be a version such as 1.4.0 or 1.4.0+57, but it is 'newest'."]
