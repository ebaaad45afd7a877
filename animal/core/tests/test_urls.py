"""Links that leave the site start with the address under which people reach it."""

from __future__ import annotations

from animal.core.urls import site_url


def test_the_site_address_comes_first_then_the_web_clients_then_this_machine(settings) -> None:
    settings.SITE_URL, settings.FRONTEND_URL, settings.PORT = "https://pawgle.example", "https://app.example", 8123
    assert site_url("/found/ANI1") == "https://pawgle.example/found/ANI1"
    settings.SITE_URL = ""
    assert site_url("/found/ANI1") == "https://app.example/found/ANI1"
    settings.FRONTEND_URL = ""
    assert site_url("/found/ANI1") == "http://localhost:8123/found/ANI1"
    assert site_url() == "http://localhost:8123/"
