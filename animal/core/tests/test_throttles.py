"""B70: throttles count each request once, for the account or the true address behind it."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings as project_settings
from django.core.cache import cache
from rest_framework.test import APIClient

pytestmark = [pytest.mark.django_db, pytest.mark.urls("animal.core.tests.routes")]


def statuses(client: Any, path: str, times: int, **extra: Any) -> list[int]:
    return [client.get(path, **extra).status_code for _ in range(times)]


def test_b70_the_rates_are_those_that_the_web_client_was_written_for() -> None:
    of_the_contract = {
        "anon": "60/min",
        "user": "300/min",
        "login": "10/min",
        "signup": "5/min",
        "password_reset": "5/hour",
        "email_verification": "5/hour",
        "pet_search": "20/min",
        "pet_write": "30/min",
        "report_pet": "10/min",
        "contact_owner": "10/hour",
    }
    assert of_the_contract.items() <= project_settings.THROTTLE_RATES.items()


@pytest.mark.parametrize(
    ("path", "allowed"),
    [("login", 10), ("signup", 5), ("magic/request", 5), ("magic/consume", 10)],
)
def test_b70_too_many_tries_are_a_429_in_json_that_says_when_to_come_back(path: str, allowed: int) -> None:
    client = APIClient()
    codes = [client.post(f"/api/auth/{path}/", {}).status_code for _ in range(allowed)]
    answer = client.post(f"/api/auth/{path}/", {})
    assert codes == [400] * allowed
    assert (answer.status_code, answer.json()["code"]) == (429, "throttled")
    assert answer.json()["detail"]
    assert 0 < int(answer["Retry-After"]) <= 3600


def test_one_full_scope_leaves_the_others_open() -> None:
    client = APIClient()
    for _ in range(11):
        client.post("/api/auth/login/", {})
    assert client.post("/api/auth/signup/", {}).status_code == 400


def test_passers_by_have_sixty_requests_a_minute() -> None:
    assert statuses(APIClient(), "/api/tests/open/", 61) == [200] * 60 + [429]


def test_a_request_to_a_scoped_route_counts_once_and_only_there(owner) -> None:
    assert statuses(owner, "/api/tests/search/", 21) == [200] * 20 + [429]
    assert statuses(owner, "/api/tests/plain/", 300) == [200] * 300
    assert owner.get("/api/tests/plain/").status_code == 429


def test_people_behind_one_address_are_counted_apart_once_they_are_signed_in(owner, finder) -> None:
    assert statuses(owner, "/api/tests/search/", 21)[-1] == 429
    assert finder.get("/api/tests/search/").status_code == 200


def test_an_invented_forwarding_header_gives_no_fresh_count() -> None:
    client = APIClient()
    codes = [client.get("/api/tests/open/", HTTP_X_FORWARDED_FOR=f"10.0.0.{n}").status_code for n in range(61)]
    assert codes[-1] == 429


def test_behind_a_trusted_proxy_its_entry_is_the_address_and_earlier_ones_are_not(settings) -> None:
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": 1}
    client = APIClient()
    codes = [
        client.get("/api/tests/open/", HTTP_X_FORWARDED_FOR=f"10.0.0.{n}, 203.0.113.7").status_code for n in range(61)
    ]
    assert codes[-1] == 429
    assert client.get("/api/tests/open/", HTTP_X_FORWARDED_FOR="203.0.113.8").status_code == 200


@pytest.mark.parametrize("address", ["203.0.113.7:{port}", "[2001:db8::7]:{port}", "2001:db8::7", "[2001:db8::7]"])
def test_a_port_in_the_proxys_entry_makes_no_new_client(settings, address: str) -> None:
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": 1}
    client = APIClient()
    codes = [
        client.get("/api/tests/open/", HTTP_X_FORWARDED_FOR=address.format(port=40_000 + n)).status_code
        for n in range(61)
    ]
    assert codes[-1] == 429


def test_a_customer_with_many_addresses_is_one_client() -> None:
    client = APIClient()
    codes = [
        client.get("/api/tests/open/", REMOTE_ADDR=f"2001:db8:0:7::{number:x}").status_code for number in range(61)
    ]
    assert codes[-1] == 429
    assert client.get("/api/tests/open/", REMOTE_ADDR="2001:db8:0:8::1").status_code == 200


def test_an_old_address_written_as_a_new_one_is_the_same_client() -> None:
    client = APIClient()
    assert statuses(client, "/api/tests/open/", 60, REMOTE_ADDR="203.0.113.7")[-1] == 200
    assert client.get("/api/tests/open/", REMOTE_ADDR="::ffff:203.0.113.7").status_code == 429
    assert client.get("/api/tests/open/", REMOTE_ADDR="::ffff:203.0.113.8").status_code == 200


def test_many_other_clients_do_not_make_a_count_forgotten() -> None:
    client = APIClient()
    codes = [client.post("/api/auth/forgot-password/", {"email": "x@example.org"}).status_code for _ in range(6)]
    assert codes == [200] * 5 + [429]
    for number in range(400):
        cache.set(f"throttle:anon:a10.0.{number}", [], 60)
    assert client.post("/api/auth/forgot-password/", {"email": "x@example.org"}).status_code == 429


def test_a_stale_token_does_not_escape_the_count() -> None:
    client = APIClient(HTTP_AUTHORIZATION="Bearer null")
    assert statuses(client, "/api/auth/users/count/", 61) == [200] * 60 + [429]
