"""Signing up and in on our own pages by a password, and in which language one is spoken to then."""

from __future__ import annotations

import re
from contextlib import ExitStack
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import OneTimeToken, Session, User
from accounts.services import user_deactivate
from accounts.services.hashing import SEATS, hashing_seat
from accounts.services.links import one_time_token_create
from accounts.tests.conftest import google  # noqa: F401 (a fixture)
from animal.conftest import Actor
from animal.core.throttles import RequestThrottle
from animal.web.tests.steps import browser_of

pytestmark = pytest.mark.django_db

PASSWORD = "a long enough Passw0rd"
FORM = {"email": "Owner@Example.org", "password": PASSWORD}
NEW = {"username": "Zoë", "email": "zoe@example.org", "password": PASSWORD}


def said(answer: Any) -> str:
    text: str = answer.content.decode()
    return text


def beside(answer: Any, field: str) -> str:
    """What stands next to a field: what was wrong with it."""
    found = re.search(rf'id="{field}-error">([^<]+)<', said(answer))
    return found[1] if found else ""


def is_signed_in(browser: Client) -> bool:
    return browser.get("/settings").status_code == 200


# --- by a password ----------------------------------------------------------------------------------------------------


def test_a_password_signs_in_and_leads_on_to_where_one_wanted_to_go(owner: Actor) -> None:
    browser = Client(enforce_csrf_checks=True, headers={"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"})
    page = browser.get(browser.get("/settings")["Location"])
    assert (page["Cache-Control"].count("no-store"), 'name="next" value="/settings"' in said(page)) == (1, True)
    form = {**FORM, "next": "/settings"}
    assert browser.post("/sign-in", form).status_code == 403, "a form of another site"
    done = browser.post("/sign-in", {**form, "csrfmiddlewaretoken": browser.cookies["csrftoken"].value})
    assert (done.status_code, done["Location"]) == (302, "/settings")
    assert "Firefox on Windows" in said(browser.get("/settings"))
    for elsewhere in ("https://evil.example/", "//evil.example", "javascript:alert(1)"):
        assert Client().post("/sign-in", {**FORM, "next": elsewhere})["Location"] == "/"
    assert Client().post("/sign-in", FORM)["Location"] == "/user"


def test_a_wrong_password_an_unknown_address_and_a_disabled_account_are_told_the_same(
    owner: Actor, stranger: Actor
) -> None:
    assert stranger.user is not None
    user_deactivate(user=stranger.user)
    wrong = [{"password": "wrong"}, {"email": "nobody@example.org"}, {"email": "stranger@example.org"}]
    for change in wrong:
        browser = Client()
        answer = browser.post("/sign-in", {**FORM, **change})
        assert (answer.status_code, "do not match" in beside(answer, "password")) == (400, True), change
        assert 'value="' + {**FORM, **change}["email"] in said(answer)
        assert PASSWORD not in said(answer)
        assert not is_signed_in(browser)
    empty = Client().post("/sign-in", {"email": "", "password": ""})
    assert (empty.status_code, bool(beside(empty, "email")), bool(beside(empty, "password"))) == (400, True, True)


def test_tries_count_for_the_page_and_the_api_together_and_the_page_says_how_long_to_wait(owner: Actor) -> None:
    for _ in range(2):
        owner.post("/api/auth/login/", {**FORM, "password": "wrong"})
    for _ in range(3):
        Client().post("/sign-in", {**FORM, "password": "wrong"})
    answer = Client().post("/sign-in", FORM)
    assert (answer.status_code, 20 < int(answer["Retry-After"]) <= 30) == (429, True)
    assert "You can try again in" in beside(answer, "password")


def test_who_has_not_proved_the_address_signs_in_as_over_the_api(unverified: Actor) -> None:
    browser = Client()
    browser.post("/sign-in", {**FORM, "email": "unverified@example.org"})
    assert is_signed_in(browser)


def test_with_a_separate_web_client_signing_in_leads_to_it_and_its_cookie_alone(owner: Actor, settings: Any) -> None:
    settings.FRONTEND_URL = "https://app.pawgle.example"
    browser = Client()
    done = browser.post("/sign-in", FORM)
    assert (done["Location"], "pawgle_refresh" in done.cookies) == ("https://app.pawgle.example/user", True)
    assert not is_signed_in(browser)


def test_a_mailed_link_leads_on_to_where_one_wanted_to_go_and_the_page_says_what_signing_in_is_for(
    owner: Actor, work_off: Any, mailoutbox: Any
) -> None:
    browser = Client()
    page = browser.get(browser.get("/report?status=found")["Location"])
    assert "To report an animal that you found, please sign in." in said(page)
    assert "please sign in." not in said(browser.get("/sign-in"))
    for wanted, leads_to in (("/report?status=found", "/report?status=found"), ("https://evil.example/x", "/")):
        asked = browser.post("/sign-in/link", {"email": "owner@example.org", "next": wanted})
        assert asked["Location"] == f"/sign-in?{urlencode({'next': leads_to})}"
        work_off()
        link = urlsplit(re.findall(r"https?://\S+", mailoutbox[-1].body)[0])
        query = {name: values[0] for name, values in parse_qs(link.query).items()}
        assert query["next"] == leads_to
        form = browser.get(f"{link.path}?{link.query}").context
        assert Client().post("/auth/magic", {"token": form["token"], "next": form["next"]})["Location"] == leads_to


# --- a new account ----------------------------------------------------------------------------------------------------


def test_an_account_is_opened_confirmed_by_its_mail_and_speaks_the_language_that_was_chosen(
    work_off: Any, mailoutbox: Any
) -> None:
    browser = Client()
    browser.post("/language", {"language": "de"})
    answer = browser.post("/sign-up", NEW, follow=True)
    assert answer.redirect_chain == [("/sign-in", 302)]
    assert "Willkommen" in said(answer)
    work_off()
    (mail,) = mailoutbox
    assert "Adresse" in mail.body
    token = re.findall(r"token=([\w-]+)", mail.body)[0]
    browser.post("/auth/magic", {"token": token})
    assert is_signed_in(browser)
    assert (User.objects.get().language, User.objects.get().is_proven) == ("de", True)


def test_the_mail_that_confirms_an_address_leads_on_to_where_one_wanted_to_go(work_off: Any, mailoutbox: Any) -> None:
    here, long = "/report?status=found", f"/search?{'a' * 300}"
    tries = [(here, here), (here, here), ("https://evil.example/x", "/"), ("", "/user"), (long, "/user")]
    for number, (wanted, leads_to) in enumerate(tries):
        # Who sees no mail signs up again, as the second does here.
        person = {"username": f"N{number}", "email": f"n{max(number, 1)}@example.org", "password": PASSWORD}
        assert Client().post("/sign-up", person | {"next": wanted}).status_code == 302
        work_off()
        link = urlsplit(re.findall(r"https?://\S+", mailoutbox[-1].body)[0])
        form = Client().get(f"{link.path}?{link.query}").context
        assert form["next"] == leads_to
    assert Client().post("/auth/magic", {"token": form["token"], "next": form["next"]})["Location"] == "/user"


def test_whoever_chose_no_language_is_written_to_in_that_of_the_browser(work_off: Any, mailoutbox: Any) -> None:
    german, french = ({"Accept-Language": f"nl, {code};q=0.8, en;q=0.5"} for code in ("de-AT", "fr"))
    people = [NEW | {"username": f"N{n}", "email": f"n{n}@example.org", "confirm_password": PASSWORD} for n in range(3)]
    Client().post("/sign-up", people[0], headers=german)
    for person, headers in ((people[1], french), (people[2], {})):
        answer = Client().post("/api/auth/signup/", person, content_type="application/json", headers=headers)
        assert answer.status_code == 201
    work_off()
    assert [mail.subject.split()[0] for mail in mailoutbox] == ["Willkommen", "Bienvenue", "Welcome"]
    assert [*User.objects.order_by("pk").values_list("language", flat=True)] == ["de", "fr", ""]


def test_an_address_with_an_account_is_told_the_same_and_nothing_of_it_changes(owner: Actor) -> None:
    forms = (NEW, {**NEW, "username": "Zora", "email": FORM["email"]})
    pages = [Client().post("/sign-up", form, follow=True).content for form in forms]
    assert len({re.sub(rb"[A-Za-z0-9]{64}", b"", page) for page in pages}) == 1
    assert User.objects.get(email="owner@example.org").check_password(PASSWORD)


def test_what_is_wrong_with_a_new_account_stands_next_to_its_field(owner: Actor) -> None:
    wrong = {
        "username": ({"username": "Owner"}, {"username": "PawGle Support"}, {"username": ""}),
        "email": ({"email": "nobody"},),
        "password": ({"password": "12345678"},),
    }
    for field, changes in wrong.items():
        for change in changes:
            answer = Client().post("/sign-up", {**NEW, **change})
            assert (answer.status_code, bool(beside(answer, field))) == (400, True), change
            assert not {"username", "email", "password"} - {field} & set(re.findall(r'id="(\w+)-error"', said(answer)))
    assert User.objects.count() == 1


# --- the language of whoever signs in ---------------------------------------------------------------------------------


def test_a_language_chosen_before_signing_in_becomes_that_of_an_account_without_one(owner: Actor) -> None:
    assert owner.user is not None
    for chosen, becomes in (("fr", "fr"), ("hi", "fr")):
        browser = Client()
        browser.post("/language", {"language": chosen})
        browser.post("/sign-in", FORM)
        owner.user.refresh_from_db()
        assert owner.user.language == becomes
        assert browser.get("/settings")["Content-Language"] == "fr"


# --- each browser is a session ----------------------------------------------------------------------------------------


def test_each_browser_is_listed_and_ended_by_itself(owner: Actor) -> None:
    agents = {
        "phone": "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/141.0 Mobile Safari/537.36",
        "desk": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/19.0 Safari/605.1.15",
        "program": "pawgle-cli/1.2 <b>",
    }
    browsers = {name: Client(headers={"User-Agent": agent}) for name, agent in agents.items()}
    for browser in browsers.values():
        browser.post("/sign-in", FORM)
    phone, desk = browsers["phone"], browsers["desk"]
    page = said(desk.get("/settings"))
    assert re.findall(r"<strong>(.+? on .+?)</strong>", page) == ["Safari on Mac", "Chrome on Android"]
    assert "pawgle-cli/1.2 &lt;b&gt;" in page
    row = Session.objects.get(user_agent=agents["phone"])
    desk.post(f"/settings/sessions/{row.pk}/end")
    assert (is_signed_in(phone), is_signed_in(desk), is_signed_in(browsers["program"])) == (False, True, True)
    assert "Chrome on Android" not in said(desk.get("/settings"))
    desk.post("/settings/sessions/end")
    assert (is_signed_in(desk), is_signed_in(browsers["program"])) == (True, False)
    desk.post("/sign-out")
    reasons = Session.objects.filter(user_agent=agents["desk"]).values_list("ended_reason", flat=True)
    assert sorted(reasons) == ["everywhere", "signed_out"]


def test_a_browser_that_signed_in_at_the_admins_door_is_listed_too_and_leaves_with_it(moderator: Actor) -> None:
    browser = Client(headers={"User-Agent": "mine"})
    mine = Session.objects.filter(user_agent="mine", ended_at=None)
    form = {"username": "moderator@example.org", "password": PASSWORD}
    for password, rows in (("wrong", 0), (PASSWORD, 1), (PASSWORD, 1)):
        browser.post("/admin/login/", {**form, "password": password})
        assert mine.count() == rows
    mine.update(ended_at=timezone.now())
    assert browser.get("/admin/").status_code == 302
    browser.post("/admin/login/", form)
    new = "another long Passw0rd"
    change = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert browser.post("/admin/password_change/", change).status_code == 302
    assert (browser.get("/admin/").status_code, mine.count()) == (200, 1), "who chose a new password stays"
    browser.post("/admin/logout/")
    assert mine.count() == 0


def test_a_browser_that_is_used_stays_signed_in_and_one_that_is_not_runs_out(owner: Actor) -> None:
    browser = Client(headers={"User-Agent": "mine"})
    browser.post("/sign-in", FORM)
    mine, now = Session.objects.filter(user_agent="mine"), timezone.now()
    mine.update(last_seen_at=now - timedelta(hours=1), expires_at=now + timedelta(hours=1))
    cookie = browser.get("/settings").cookies["pawgle_session"]
    assert cookie["max-age"] == timedelta(days=14).total_seconds(), "its cookie is as good for as long again"
    assert (mine.get().last_seen_at >= now, mine.get().expires_at > now + timedelta(days=13)) == (True, True)
    mine.update(expires_at=now)
    assert not is_signed_in(browser)


def test_a_further_account_is_no_further_try_at_a_door(
    owner: Actor, finder: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RequestThrottle, "THROTTLE_RATES", {**RequestThrottle.THROTTLE_RATES, "login": "2/min"})
    wrong = {"email": "somebody@example.org", "password": "a wrong Passw0rd"}
    browsers = [browser_of(owner), browser_of(finder), Client()]
    assert [browser.post("/sign-in", wrong).status_code for browser in browsers] == [400, 400, 429]
    assert [browser.get("/sign-in/google/back").status_code for browser in browsers] == [429] * 3
    assert browsers[0].head("/sign-in/google/back").status_code == 429


def test_who_chooses_a_password_while_many_do_is_asked_to_try_again_and_the_link_stays_good(owner: Actor) -> None:
    token = one_time_token_create(user=owner.user, purpose=OneTimeToken.Purpose.RESET_PASSWORD)
    form = {"token": token, "new_password": "another long Passw0rd"}
    with ExitStack() as crowd:
        for _ in range(SEATS):
            crowd.enter_context(hashing_seat())
        answer = Client().post("/auth/magic", form)
        assert (answer.status_code, answer["Retry-After"], 'name="new_password"' in said(answer)) == (503, "2", True)
    assert Client().post("/auth/magic", form).status_code == 302
