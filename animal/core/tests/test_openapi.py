"""What the API description says of every operation alike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

ERROR_KEYS = {"detail", "error", "message", "code", "errors"}
METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    return Client().get("/api/schema/?format=json").json()


def operations(description: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in description["paths"].items():
        for method in METHODS:
            if method in item:
                yield f"{method.upper()} {path}", item[method]


def names_without(description: dict[str, Any], code: str, *, among: Any = lambda name, operation: True) -> set[str]:
    return {
        name
        for name, operation in operations(description)
        if among(name, operation) and code not in operation["responses"]
    }


def test_every_operation_says_that_one_may_be_throttled_and_for_how_long_to_wait(description):
    # Counting needs the cache, and how the service is has to be said without it too.
    unlimited = {"GET /api/v1/health/"}
    assert names_without(description, "429") == unlimited
    limited = [operation for name, operation in operations(description) if name not in unlimited]
    assert all("Retry-After" in operation["responses"]["429"]["headers"] for operation in limited)


def test_what_may_be_sent_again_says_how_a_repeated_answer_is_told(description):
    keyed = {
        name: operation
        for name, operation in operations(description)
        if any(parameter["name"] == "Idempotency-Key" for parameter in operation.get("parameters", ()))
    }
    assert len(keyed) >= 3
    for name, operation in keyed.items():
        answers = [answer for code, answer in operation["responses"].items() if code < "300"]
        assert all("Idempotent-Replayed" in answer["headers"] for answer in answers), name
        assert {"409", "422"} <= {*operation["responses"]}, name


def test_what_needs_a_sign_in_says_that_it_answers_401_without_one(description):
    def needs_bearer(name, operation):
        return operation.get("security") == [{"bearer": []}]

    assert any(needs_bearer(*pair) for pair in operations(description))
    assert not names_without(description, "401", among=needs_bearer)


def test_what_takes_a_body_says_how_it_refuses_one(description):
    for code in ("400", "413", "415"):
        assert not names_without(description, code, among=lambda name, operation: "requestBody" in operation)


def test_what_is_about_one_object_says_that_it_may_be_missing(description):
    assert not names_without(description, "404", among=lambda name, operation: "{" in name)


def test_errors_have_the_one_shape(description):
    for name, operation in operations(description):
        for code, answer in operation["responses"].items():
            if code >= "400":
                schema = answer["content"]["application/json"]["schema"]
                shape = description["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
                # The routes for mail add a `success`.
                assert {*shape["properties"]} - {"success"} == ERROR_KEYS, f"{name} {code}"
                assert {*shape["required"]} >= ERROR_KEYS, f"{name} {code}"


def test_links_name_operations_and_parameters_that_there_are(description):
    by_id = {operation["operationId"]: operation for _, operation in operations(description)}
    seen = 0
    for name, operation in operations(description):
        for answer in operation["responses"].values():
            for link in answer.get("links", {}).values():
                seen += 1
                known = {parameter["name"] for parameter in by_id[link["operationId"]]["parameters"]}
                assert {*link["parameters"]} <= known, f"{name} -> {link['operationId']}"
    assert seen > 20


def test_what_is_taken_as_json_is_described_as_json_alone(description):
    """Routes take forms as well; two ways to say the same make poor clients."""
    for name, operation in operations(description):
        shapes = [str(media["schema"]) for media in operation.get("requestBody", {}).get("content", {}).values()]
        assert len(shapes) == len(set(shapes)), name
