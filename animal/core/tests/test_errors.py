"""Every error is JSON of one shape, with the right status, and says nothing of our insides."""

from __future__ import annotations

from datetime import timedelta

import pytest
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import AccessToken

pytestmark = [pytest.mark.django_db, pytest.mark.urls("animal.core.tests.routes")]


@pytest.fixture
def client() -> APIClient:
    return APIClient(raise_request_exception=False)


@pytest.mark.parametrize(
    ("name", "status", "code", "sentence", "errors"),
    [
        ("invalid", 400, "invalid", "Say more.", {"text": ["Say more."]}),
        ("missing", 404, "not_found", "Not found.", {}),
        ("conflict", 409, "conflict", "Answered already.", {}),
        ("down", 503, "unavailable", "The model is away.", {}),
        ("busy", 503, "unavailable", "The service is busy. Please try again in a moment.", {}),
        ("http404", 404, "not_found", "Not found.", {}),
        ("denied", 403, "permission_denied", "You do not have permission to perform this action.", {}),
        ("model", 400, "invalid", "Name: Too short.", {"name": ["Too short."]}),
        ("nested", 400, "invalid", "Pets 2 name: Too short.", {"pets.1.name": ["Too short."]}),
        ("list", 400, "invalid", "Only ten.", {"non_field_errors": ["Only ten."]}),
    ],
)
def test_every_error_has_the_same_shape(client, name, status, code, sentence, errors) -> None:
    answer = client.get(f"/api/tests/raise/{name}/")
    assert answer.status_code == status
    assert answer.json() == {
        "detail": sentence,
        "error": sentence,
        "message": sentence,
        "code": code,
        "errors": errors,
    }


def test_missing_and_denied_objects_cannot_be_told_apart(client) -> None:
    answers = [client.get(f"/api/tests/raise/{name}/") for name in ("missing", "http404")]
    assert answers[0].content == answers[1].content


@pytest.mark.parametrize(("name", "seconds"), [("down", "7"), ("busy", "5")])
def test_what_is_down_for_the_moment_says_when_to_come_back(client, name: str, seconds: str) -> None:
    assert client.get(f"/api/tests/raise/{name}/")["Retry-After"] == seconds


@pytest.mark.parametrize("debug", [False, True])
def test_a_bug_of_ours_is_a_500_in_json_that_gives_nothing_away(client, settings, debug: bool) -> None:
    settings.DEBUG = debug
    answer = client.get("/api/tests/raise/bug/")
    assert (answer.status_code, answer.json()["code"]) == (500, "error")
    assert b"hunter2" not in answer.content


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("path", ["/api/nothing/", "/api/auth/nothing/1/", "/api/v1/nothing/", "/api/nothing"])
def test_an_unknown_path_of_the_api_is_a_404_in_json(client, settings, path: str, debug: bool) -> None:
    settings.DEBUG = debug
    for answer in (client.get(path), client.post(path, {})):
        assert (answer.status_code, answer.json()["detail"]) == (404, "Not found.")


def test_an_unknown_page_is_not_json(client) -> None:
    answer = client.get("/nothing/")
    assert (answer.status_code, answer["Content-Type"].split(";")[0]) == (404, "text/html")


@pytest.mark.parametrize("debug", [False, True])
def test_a_forgotten_slash_redirects_a_get_and_is_no_500_for_a_post(client, settings, debug: bool) -> None:
    settings.DEBUG = debug
    assert client.get("/api/tests/plain").status_code == 301
    assert client.post("/api/tests/echo", {}).status_code == 404


@pytest.mark.parametrize("debug", [False, True])
def test_a_host_that_is_not_ours_is_refused_in_json(client, settings, debug: bool) -> None:
    settings.DEBUG = debug
    answer = client.get("/api/tests/plain/", HTTP_HOST="evil.example")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_a_wrong_method_is_a_405_that_names_the_right_ones(client) -> None:
    answer = client.delete("/api/tests/open/")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert "GET" in answer["Allow"]


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        ("{", "application/json", 400),
        ('{"a": NaN}', "application/json", 400),
        ("[" * 100_000, "application/json", 400),
        ('{"a": ' + "1" * 5_000 + "}", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"{}", "application/json; charset=bz2_codec", 400),
        (b"x" * 2_621_441, "application/json", 413),
        (b"x" * 2_621_441, "application/x-www-form-urlencoded", 413),
        (b"a=1&" * 2_000, "application/x-www-form-urlencoded", 400),
        ("text", "text/plain", 415),
        ("text", "application/nonsense", 415),
        (b"text", "multipart/form-data; boundary=x", 400),
        (b"--x--", "multipart/form-data; boundary=x", 200),
        (b"text", "multipart/form-data", 400),
    ],
)
@pytest.mark.parametrize("debug", [False, True])
def test_a_body_that_cannot_be_read_is_refused_in_json(client, settings, body, content_type, status, debug) -> None:
    settings.DEBUG = debug
    answer = client.generic("POST", "/api/tests/echo/", body, content_type=content_type)
    assert answer.status_code == status
    if status >= 400:
        assert answer.json()["detail"]


def test_without_a_token_a_protected_route_answers_401(client) -> None:
    answer = client.get("/api/tests/plain/")
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("token", ["null", "undefined", "a.b.c", "x" * 5_000])
def test_a_token_that_is_none_answers_401_with_its_code(client, token: str) -> None:
    answer = client.get("/api/tests/plain/", HTTP_AUTHORIZATION=f"Bearer {token}")
    assert (answer.status_code, answer.json()["code"]) == (401, "token_not_valid")
    assert answer.json()["detail"]
    assert answer.json()["messages"]


def test_an_expired_token_answers_401_with_its_code(client, owner) -> None:
    token = AccessToken.for_user(owner.user)
    token.set_exp(lifetime=-timedelta(seconds=1))
    answer = client.get("/api/tests/plain/", HTTP_AUTHORIZATION=f"Bearer {token}")
    assert (answer.status_code, answer.json()["code"]) == (401, "token_not_valid")


def test_the_token_of_a_disabled_or_deleted_account_stops_working_at_once(owner) -> None:
    assert owner.get("/api/tests/plain/").status_code == 200
    owner.user.is_active = False
    owner.user.save()
    answer = owner.get("/api/tests/plain/")
    assert (answer.status_code, answer.json()["code"]) == (401, "user_inactive")
    owner.user.delete()
    answer = owner.get("/api/tests/plain/")
    assert (answer.status_code, answer.json()["code"]) == (401, "user_not_found")


@pytest.mark.parametrize(
    ("bearer", "sentence"),
    [("", "Please sign in first."), ("Bearer null", "You are signed out. Please sign in again.")],
)
def test_whoever_is_not_signed_in_reads_what_to_do(client, bearer: str, sentence: str) -> None:
    answer = client.get("/api/auth/profile/", headers={"Authorization": bearer} if bearer else {})
    assert (answer.status_code, answer.json()["detail"]) == (401, sentence)


@pytest.mark.parametrize("body", ["{", '{"email": ' + "9" * 5000 + "}", "\x00", '{"email": NaN}'])
def test_c7_a_body_that_is_no_json_is_answered_without_pythons_words(client, body: str) -> None:
    answer = client.post("/api/auth/login/", body, content_type="application/json")
    assert (answer.status_code, answer.json()["detail"]) == (400, "This is no JSON that can be read.")


def test_another_content_type_and_another_verb_are_refused_in_plain_words(client) -> None:
    answers = [client.post("/api/auth/login/", "x", content_type="text/plain"), client.get("/api/auth/login/")]
    assert [answer.status_code for answer in answers] == [415, 405]
    for answer in answers:
        assert "Unsupported" not in answer.json()["detail"]
        assert '"' not in answer.json()["detail"]
