"""Links that leave the site start with the address under which people reach it."""

from __future__ import annotations

from typing import Any

from animal.core.urls import service_url, site_url


def test_the_site_address_comes_first_then_the_web_clients_then_this_machine(settings) -> None:
    settings.SITE_URL, settings.FRONTEND_URL, settings.PORT = "https://pawgle.example", "https://app.example", 8123
    assert site_url("/found/ANI1") == "https://pawgle.example/found/ANI1"
    settings.SITE_URL = ""
    assert site_url("/found/ANI1") == "https://app.example/found/ANI1"
    settings.FRONTEND_URL = ""
    assert site_url("/found/ANI1") == "http://localhost:8123/found/ANI1"
    assert site_url() == "http://localhost:8123/"


def test_our_own_pages_are_where_the_operator_says_else_where_people_come_to(settings: Any) -> None:
    settings.SITE_URL, settings.FRONTEND_URL, settings.API_URL = "", "https://app.example", "https://api.example"
    assert service_url("/x") == "https://api.example/x"
    settings.API_URL = ""
    assert service_url("/x") == "", "the web client's address is not ours"
    settings.SITE_URL, settings.FRONTEND_URL = "https://pawgle.example", ""
    assert service_url("/x") == "https://pawgle.example/x"
