"""Answers come in the format that there is: a client that asks for another one is not turned away."""

from __future__ import annotations

import pytest

from animal.conftest import Actor

ACCEPTS = ["image/png", "application/zip", "text/html", "application/xml;q=0.9", "no type at all"]


@pytest.mark.parametrize("accept", ACCEPTS)
def test_whatever_is_accepted_the_answer_is_json(owner: Actor, accept: str) -> None:
    answer = owner.get("/api/auth/profile/", headers={"accept": accept})
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")


def test_a_qr_code_is_given_to_who_asks_for_a_png(owner: Actor, picture) -> None:
    form = {"name": "Milo", "type": "Cat", "breed": "Unknown", "category": "Domestic", "images": picture()}
    pet = owner.multipart("/api/auth/pets/add/", form).json()["pet"]
    answer = owner.get(f"/api/auth/pets/{pet['id']}/qr/", headers={"accept": "image/png"})
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")


def test_an_error_is_json_to_who_asks_for_something_else(anonymous: Actor) -> None:
    answer = anonymous.get("/api/auth/profile/", headers={"accept": "image/png"})
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/json")
    assert answer.json()["code"] == "not_authenticated"


def test_a_format_in_the_query_changes_nothing(owner: Actor) -> None:
    assert owner.get("/api/auth/profile/?format=xml").status_code == 200


def test_the_description_still_comes_as_yaml_or_json(anonymous: Actor) -> None:
    assert anonymous.get("/api/schema/?format=json").json()["openapi"] == "3.1.0"
    assert anonymous.get("/api/schema/?format=yaml").content.startswith(b"openapi: 3.1.0")
