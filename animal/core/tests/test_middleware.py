"""Paths with a doubled slash, and calls from the web client's origin."""

from __future__ import annotations

import pytest
from django.test import Client

from animal.conftest import Actor

pytestmark = [pytest.mark.django_db, pytest.mark.urls("animal.core.tests.routes")]
CLIENT_ORIGIN = "http://localhost:3000"


@pytest.mark.parametrize("slashes", ["/", "//", "///"])
def test_leading_slashes_count_as_one(slashes: str) -> None:
    # As servers pass it; the test client itself would take //api for a host name.
    assert Client().get("/", PATH_INFO=f"{slashes}api/auth/users/count/").status_code == 200


def test_slashes_inside_a_path_stay() -> None:
    assert Client().get("/api//auth/users/count/").status_code == 404


def preflight(path: str, origin: str = CLIENT_ORIGIN, method: str = "DELETE"):  # type: ignore[no-untyped-def]
    return Client().options(
        path,
        HTTP_ORIGIN=origin,
        HTTP_ACCESS_CONTROL_REQUEST_METHOD=method,
        HTTP_ACCESS_CONTROL_REQUEST_HEADERS="authorization,content-type",
    )


@pytest.mark.parametrize("origin", [CLIENT_ORIGIN, "http://127.0.0.1:3000"])
def test_a_preflight_from_the_web_client_may_send_credentials_and_its_headers(origin: str) -> None:
    answer = preflight("/api/auth/pets/7/delete/", origin)
    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Origin"] == origin
    assert answer["Access-Control-Allow-Credentials"] == "true"
    assert answer["Access-Control-Allow-Headers"] == (
        "accept, authorization, content-type, user-agent, x-csrftoken, x-requested-with, idempotency-key, "
        "x-client-build, x-client-version, x-request-id"
    )
    assert answer["Access-Control-Allow-Methods"] == "DELETE, GET, OPTIONS, PATCH, POST, PUT"
    assert answer["Access-Control-Max-Age"] == "86400"


def test_a_preflight_from_elsewhere_is_allowed_nothing() -> None:
    for origin in ("https://evil.example", "http://localhost:3000.evil.example", "null"):
        assert "Access-Control-Allow-Origin" not in preflight("/api/auth/login/", origin)


@pytest.mark.parametrize("path", ["/api/auth/users/count/", "/api/nothing/", "/api/tests/plain/", "/media/nothing.jpg"])
def test_answers_and_errors_and_pictures_can_be_read_by_the_web_client(path: str) -> None:
    answer = Client().get(path, HTTP_ORIGIN=CLIENT_ORIGIN)
    assert answer["Access-Control-Allow-Origin"] == CLIENT_ORIGIN
    assert answer["Access-Control-Allow-Credentials"] == "true"


def test_pages_for_people_cannot_be_read_from_other_origins() -> None:
    assert "Access-Control-Allow-Origin" not in Client().get("/admin/login/", HTTP_ORIGIN=CLIENT_ORIGIN)


def test_a_doubled_slash_is_preflighted_like_a_single_one() -> None:
    answer = Client().generic(
        "OPTIONS",
        "/",
        PATH_INFO="//api/auth/login/",
        HTTP_ORIGIN=CLIENT_ORIGIN,
        HTTP_ACCESS_CONTROL_REQUEST_METHOD="POST",
    )
    assert answer["Access-Control-Allow-Origin"] == CLIENT_ORIGIN


def test_errors_of_pages_under_api_are_json_and_keep_what_tells_a_client_what_to_do() -> None:
    client = Client()
    wrong = client.post("/api/redoc/")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method_not_allowed")
    assert wrong["Allow"] == "GET, HEAD, OPTIONS"
    while (answer := client.get("/api/redoc/")).status_code == 200:
        pass
    assert (answer.status_code, answer.json()["code"]) == (429, "throttled")
    assert 0 < int(answer["Retry-After"]) <= 60


@pytest.mark.parametrize("path", ["/", "/sign-in", "/auth/magic?token=x", "/pet/map"])
def test_a_page_answers_head_as_it_answers_get(path: str) -> None:
    answer = Client().head(path)
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("path", ["/api/auth/users/count/", "/api/auth/user/profile/", "/api/nothing/"])
def test_no_cache_keeps_what_the_api_answers(path: str) -> None:
    assert Client().get(path)["Cache-Control"] == "no-store"


def test_the_description_of_the_api_may_be_kept() -> None:
    assert "max-age=60" in Client().get("/api/schema/")["Cache-Control"]


@pytest.mark.urls("animal.urls")
def test_no_cache_keeps_a_page_of_somebody_who_is_signed_in(owner: Actor) -> None:
    browser = Client()
    assert "Cache-Control" not in browser.get("/")
    browser.force_login(owner.user, backend="accounts.backends.EmailBackend")
    assert [browser.get(path)["Cache-Control"] for path in ("/", "/pet/map", "/nothing")] == ["no-store"] * 3
