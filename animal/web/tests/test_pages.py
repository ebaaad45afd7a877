"""The pages work without JavaScript, for people with and without an account, and show nobody's contact details."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import OneTimeToken
from accounts.services import one_time_token_create
from animal.conftest import Actor
from animal.reports.models import Report
from animal.web.tests.steps import FORM, browser_of

pytestmark = pytest.mark.django_db


def test_the_first_page_of_an_empty_installation_explains_itself(client: Client, db: None) -> None:
    page = client.get("/").content.decode()
    assert "How it works" in page
    assert "Nothing is reported at the moment" in page
    assert "<strong>0</strong>" not in page, "nobody is cheered up by a nought"


def test_a_link_signs_in_by_its_button_once_and_opening_it_burns_nothing(owner: Actor) -> None:
    assert owner.user is not None
    token = one_time_token_create(user=owner.user, purpose=OneTimeToken.Purpose.SIGN_IN)
    browser = Client()
    for _ in range(2):
        assert "Sign me in" in browser.get("/auth/magic", {"token": token}).content.decode()
    answer = browser.post("/auth/magic", {"token": token, "next": "/pet/map"})
    assert (answer.status_code, answer["Location"]) == (302, "/pet/map")
    assert "Sign out Owner" in browser.get("/").content.decode()
    again = Client().post("/auth/magic", {"token": token})
    assert again.status_code == 400
    assert "Send me a link" in again.content.decode()


def test_the_sign_in_button_passes_the_check_against_forged_requests(owner: Actor) -> None:
    """With `no-referrer` a browser sends `Origin: null` along with the form, and every sign-in would be refused."""
    assert owner.user is not None
    token = one_time_token_create(user=owner.user, purpose=OneTimeToken.Purpose.SIGN_IN)
    browser = Client(enforce_csrf_checks=True)
    page = browser.get("/auth/magic", {"token": token})
    assert page["Referrer-Policy"] == "same-origin"
    assert "no-referrer" not in page.content.decode()
    form = {"token": token, "csrfmiddlewaretoken": browser.cookies["csrftoken"].value}
    assert browser.post("/auth/magic", {"token": token}).status_code == 403
    assert browser.post("/auth/magic", form, headers={"origin": "http://testserver"}).status_code == 302


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil"])
def test_a_link_leads_nowhere_else(owner: Actor, elsewhere: str) -> None:
    assert owner.user is not None
    token = one_time_token_create(user=owner.user, purpose=OneTimeToken.Purpose.SIGN_IN)
    assert Client().post("/auth/magic", {"token": token, "next": elsewhere})["Location"] == "/"


def test_the_page_of_a_reset_asks_for_the_password_at_once_and_burns_nothing(owner: Actor) -> None:
    assert owner.user is not None
    token = one_time_token_create(user=owner.user, purpose=OneTimeToken.Purpose.RESET_PASSWORD)
    browser = Client()
    for _ in range(2):
        assert 'name="new_password"' in browser.get("/auth/magic", {"token": token}).content.decode()
    refused = browser.post("/auth/magic", {"token": token, "new_password": "1"})
    assert (refused.status_code, 'name="new_password"' in refused.content.decode()) == (400, True)
    done = browser.post("/auth/magic", {"token": token, "new_password": "quite another Passw0rd", "next": "/user"})
    assert (done.status_code, done["Location"]) == (302, "/user")
    owner.user.refresh_from_db()
    assert owner.user.check_password("quite another Passw0rd")
    assert owner.get("/api/auth/profile/").status_code == 401, "every other session has ended"


def test_a_reset_begins_on_our_own_page(owner: Actor, work_off: Any, mailoutbox: Any) -> None:
    browser = Client()
    assert 'action="/forgot-password"' in browser.get("/forgot-password").content.decode()
    pages = [
        browser.post("/forgot-password", {"email": email}, follow=True).content
        for email in ("owner@example.org", "nobody@example.org")
    ]
    assert re.sub(rb"[A-Za-z0-9]{64}", b"", pages[0]) == re.sub(rb"[A-Za-z0-9]{64}", b"", pages[1])
    assert browser.post("/forgot-password", {"email": "no address"}).status_code == 400
    work_off()
    assert [mail.to for mail in mailoutbox] == [["owner@example.org"]]


def test_with_a_separate_web_client_a_reset_leads_over_our_page_back_to_it_signed_in(
    owner: Actor, work_off: Any, mailoutbox: Any, settings: Any
) -> None:
    settings.FRONTEND_URL, settings.API_URL = "https://app.pawgle.example", "https://api.pawgle.example"
    APIClient().post("/api/auth/forgot-password/", {"email": "owner@example.org"})
    work_off()
    (link,) = re.findall(r"https?://\S+", str(mailoutbox[-1].body))
    assert link.startswith("https://api.pawgle.example/auth/magic?token=")
    browser = Client()
    path = link.removeprefix("https://api.pawgle.example")
    assert 'name="new_password"' in browser.get(path).content.decode()
    token = re.findall(r"token=([\w-]+)", link)[0]
    form = {"token": token, "new_password": "quite another Passw0rd", "next": "/user"}
    done = browser.post("/auth/magic", form)
    assert (done.status_code, done["Location"]) == (302, "https://app.pawgle.example/user")
    client = APIClient()
    client.cookies["pawgle_refresh"] = browser.cookies["pawgle_refresh"].value
    assert client.post("/api/token/refresh/").status_code == 200
    assert browser.get("/report")["Location"].startswith("/sign-in"), "signing out in the client leaves nothing open"


def test_with_a_separate_web_client_staff_get_to_the_admin_which_is_here(moderator: Actor, settings: Any) -> None:
    assert moderator.user is not None
    settings.FRONTEND_URL = "https://app.pawgle.example"
    token = one_time_token_create(user=moderator.user, purpose=OneTimeToken.Purpose.SIGN_IN)
    browser = Client()
    done = browser.post("/auth/magic", {"token": token, "next": "/admin/"})
    assert (done.status_code, done["Location"]) == (302, "/admin/")
    assert browser.get("/admin/").status_code == 200


def test_a_reset_that_reaches_the_web_clients_page_says_where_the_password_is_chosen(
    owner: Actor, settings: Any
) -> None:
    """The client posts the token alone and shows the sentence of the answer."""
    assert owner.user is not None
    settings.FRONTEND_URL = "https://app.pawgle.example"
    token = one_time_token_create(user=owner.user, purpose=OneTimeToken.Purpose.RESET_PASSWORD)
    answer = APIClient().post("/api/auth/magic/consume/", {"token": token})
    assert (answer.status_code, answer.json()["code"]) == (400, "password_required")
    page = re.findall(r"http://testserver(/\S+)", answer.json()["detail"])[0]
    browser = Client()
    assert 'name="new_password"' in browser.get(page).content.decode()
    assert browser.post("/auth/magic", {"token": token, "new_password": "quite another Passw0rd"}).status_code == 302


def test_asking_for_a_link_answers_alike_for_known_and_unknown_addresses(owner: Actor) -> None:
    pages = [
        Client().post("/sign-in/link", {"email": address}, follow=True).content
        for address in ("owner@example.org", "nobody@example.org")
    ]
    assert b"on its way" in pages[0]
    assert b"on its way" in pages[1]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("latitude", "nan"),
        ("latitude", "91"),
        ("longitude", ""),
        ("last_seen_date", "2999-01-01"),
        ("animal_name", "<b>"),
    ],
)
def test_a_bad_report_comes_back_with_a_sentence_and_what_was_typed(owner: Actor, field: str, value: str) -> None:
    answer = browser_of(owner).post("/report", {**FORM, field: value})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "Please check:" in page
    assert "In my garden" in page
    assert Report.objects.count() == 0


def test_reporting_needs_an_account(client: Client, db: None) -> None:
    assert client.get("/report")["Location"].startswith("/sign-in")


def test_asking_for_links_is_limited_and_a_wrong_address_is_refused(client: Client, db: None) -> None:
    assert client.post("/sign-in/link", {"email": "nobody"}).status_code == 400
    answers = [client.post("/sign-in/link", {"email": "nobody@example.org"}) for _ in range(6)]
    assert answers[0].status_code == 302
    assert (answers[-1].status_code, int(answers[-1]["Retry-After"]) > 0) == (429, True)
    page = answers[-1].content.decode()
    assert ("A little slower, please" in page, 'class="brand"' in page) == (True, True), "it is a page as the others"
    client.cookies["pawgle_language"] = "de"
    refused = client.post("/sign-in/link", {"email": "nobody@example.org"})
    assert (refused["Content-Language"], "no-store" in refused["Cache-Control"]) == ("de", True)


def test_guessing_passwords_at_the_admins_door_is_limited(client: Client, db: None) -> None:
    guess = {"username": "admin@example.org", "password": "guess"}
    assert [client.post("/admin/login/", guess).status_code for _ in range(11)][-1] == 429
    assert client.get("/admin/login/").status_code == 200
