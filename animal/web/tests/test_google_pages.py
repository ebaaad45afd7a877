"""Signing in with Google on our own pages: there and back again."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from accounts import google_code
from accounts.models import GoogleIdentity, User
from accounts.services import user_deactivate
from accounts.tests.conftest import google  # noqa: F401 (a fixture)
from accounts.tests.test_google import CLIENT_ID, id_token
from animal.conftest import Actor
from animal.web.tests.test_sign_in_pages import is_signed_in, said

pytestmark = pytest.mark.django_db


@pytest.fixture
def offered(google: Any, settings: Any) -> Any:  # noqa: F811
    settings.GOOGLE_OAUTH_CLIENT_SECRET = "a secret of ours"
    settings.GOOGLE_TOKEN_URL = google.url.replace("certs", "token")
    return google


def set_out(browser: Client, path: str = "") -> dict[str, str]:
    """Press the button; what Google is told."""
    answer = browser.get("/sign-in/google", {"next": path} if path else {})
    parts = urlsplit(answer["Location"])
    assert (answer.status_code, parts.scheme, parts.netloc) == (302, "https", "accounts.google.com")
    return {name: values[0] for name, values in parse_qs(parts.query).items()}


def come_back(browser: Client, told: dict[str, str], **query: str) -> Any:
    return browser.get("/sign-in/google/back", {"state": told["state"], **query})


def refusal(browser: Client, answer: Any) -> str:
    """The sentence on the page for signing in, to which one is led back."""
    assert answer.status_code == 302
    page = said(browser.get(answer["Location"]))
    assert (urlsplit(answer["Location"]).path, is_signed_in(browser)) == ("/sign-in", False)
    return re.findall(r'class="banner error">([^<]+)<', page)[0]


def test_google_is_reached_by_a_redirection_with_pkce_and_nothing_of_it_is_loaded_before(
    offered: Any, owner: Actor
) -> None:
    browser = Client()
    page = said(browser.get("/sign-in?next=/alerts%3Fa=1%26b=2"))
    assert 'href="/sign-in/google?next=%2Falerts%3Fa%3D1%26b%3D2"' in page
    assert not re.findall(r"https?://", page)
    told = set_out(browser, "/alerts?a=1&b=2")
    offered.codes = {"a code": id_token(email="owner@example.org", hd="example.org", sub="1")}
    done = come_back(browser, told, code="a code")
    assert (done.status_code, done["Location"], is_signed_in(browser)) == (302, "/alerts?a=1&b=2", True)
    (sent,) = offered.exchanged
    challenge = base64.urlsafe_b64encode(hashlib.sha256(sent["code_verifier"].encode()).digest()).rstrip(b"=").decode()
    assert (told["code_challenge"], told["code_challenge_method"]) == (challenge, "S256")
    assert (sent["client_secret"], told["client_id"]) == ("a secret of ours", CLIENT_ID)
    assert sent["redirect_uri"] == told["redirect_uri"] == "http://testserver/sign-in/google/back"
    assert "secret" not in str(told)
    assert GoogleIdentity.objects.get().user == owner.user
    again = come_back(browser, told, code="a code")
    assert "did not work" in said(browser.get(again["Location"])), "the way back is open once"


def test_a_sign_in_with_google_that_was_cancelled_or_failed_says_so(offered: Any, owner: Actor) -> None:
    browser = Client()

    def said_to(*, token: str = "", **query: str) -> str:
        offered.codes = {"one": token} if token else {}
        return refusal(browser, come_back(browser, set_out(browser, "/alerts"), **query or {"code": "one"}))

    hosted = {"email": "owner@example.org", "hd": "example.org"}
    assert "You did not sign in with Google" in said_to(error="access_denied")
    assert "did not work" in said_to(error="server_error")
    assert "did not work" in said_to(code="old")
    assert "did not work" in said_to(token=id_token(aud="another"))
    assert "which Google may not open" in said_to(token=id_token(email="owner@example.org"))
    assert owner.user is not None
    user_deactivate(user=owner.user)
    assert "disabled" in said_to(token=id_token(**hosted))
    offered.status = 500
    assert "Google does not answer" in said_to(token=id_token(**hosted))
    offered.status = 200
    with google_code._seats, google_code._seats:  # Others wait for it already.
        assert "Google does not answer" in said_to(token=id_token(**hosted))
    assert User.objects.count() == 1


def test_nobody_is_signed_in_by_somebody_elses_way_back(offered: Any, owner: Actor) -> None:
    offered.codes = {"one": id_token()}
    browser, told = Client(), set_out(Client())
    assert "did not work" in refusal(browser, come_back(browser, told, code="one"))
    told = set_out(browser)
    assert "did not work" in refusal(browser, come_back(browser, {"state": f"{told['state']}x"}, code="one"))
    assert (offered.exchanged, User.objects.count()) == ([], 1)


def test_a_second_tab_with_google_takes_nothing_from_the_first(offered: Any, owner: Actor) -> None:
    hosted = id_token(email="owner@example.org", hd="example.org")
    browser = Client()
    first, second = (set_out(browser, path) for path in ("/pets", "/alerts"))
    for told, path in ((first, "/pets"), (second, "/alerts")):
        offered.codes = {"one": hosted}
        assert come_back(browser, told, code="one")["Location"] == path
    set_out(browser, f"/{'a' * 5000}")
    assert max(len(cookie.value) for cookie in browser.cookies.values()) < 1000, "browsers keep 4,096 bytes"


def test_whoever_never_comes_back_from_google_has_five_cookies_of_it_at_most(offered: Any) -> None:
    kept: dict[str, str] = {}  # The oldest first, as browsers send them.
    states = []
    for _ in range(7):
        answer = Client().get("/sign-in/google", headers={"Cookie": "; ".join("=".join(pair) for pair in kept.items())})
        kept |= {name: cookie.value for name, cookie in answer.cookies.items()}
        kept = {name: value for name, value in kept.items() if value}
        states += parse_qs(urlsplit(answer["Location"]).query)["state"]
    assert [name.removeprefix("pawgle_google_") for name in kept] == [state[:16] for state in states[2:]]


def test_who_came_by_another_name_of_this_host_sets_out_to_google_from_the_one_it_leads_back_to(
    offered: Any, settings: Any
) -> None:
    settings.SITE_URL = "http://localhost:8000"
    moved = Client().get("/sign-in/google?next=/alerts%3Fa=1", headers={"Host": "127.0.0.1:8000"})
    there = urlsplit(moved["Location"])
    assert (moved.status_code, there.netloc, there.path) == (302, "localhost:8000", "/sign-in/google")
    assert not moved.cookies
    for host in ("localhost:8000", "127.0.0.1:8000"):  # The second: a proxy says so of whoever comes by the first.
        answer = Client().get(f"{there.path}?{there.query}", headers={"Host": host})
        told = parse_qs(urlsplit(answer["Location"]).query)
        assert told["redirect_uri"] == ["http://localhost:8000/sign-in/google/back"]
        assert any(name.startswith("pawgle_google") for name in answer.cookies)


def test_without_its_secret_google_is_not_offered_and_its_addresses_lead_back(google: Any) -> None:  # noqa: F811
    browser = Client()
    assert "Google" not in said(browser.get("/sign-in"))
    assert "not set up" in refusal(browser, browser.get("/sign-in/google"))
