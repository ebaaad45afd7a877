"""One's own account on pages: what one is told, the address, where one is signed in, all that is stored, the end."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import DataExport, OneTimeToken, User
from accounts.services import one_time_token_create, session_start
from animal.alerts.selectors import my_notification_choices
from animal.conftest import Actor
from animal.web.tests.steps import browser_of
from animal.web.viewers import SIGNED_IN_AT

pytestmark = pytest.mark.django_db

PASSWORD = "a long enough Passw0rd"


def without_password(person: User) -> None:
    person.set_unusable_password()
    person.save()


def signed_in_by_link(person: User) -> Client:
    browser = Client()
    token = one_time_token_create(user=person, purpose=OneTimeToken.Purpose.SIGN_IN)
    assert browser.post("/auth/magic", {"token": token}).status_code == 302
    return browser


def is_signed_in(browser: Client) -> bool:
    return browser.get("/settings").status_code == 200


def said(answer: Any) -> str:
    text: str = answer.content.decode()
    return text


# --- what one is told -------------------------------------------------------------------------------------------------


def test_what_one_is_told_is_chosen_and_what_the_form_does_not_name_stays(browser: Client, person: User) -> None:
    page = said(browser.get("/settings"))
    assert len(re.findall(r'name="\w+\.(?:app|mail)" value="true" checked', page)) == 10
    browser.post("/settings/notifications", {"nearby.mail": "false", "match.app": ["false", "true"]})
    chosen = my_notification_choices(person)
    assert [(kind, way) for kind, ways in chosen.items() for way, on in ways.items() if not on] == [("nearby", "mail")]
    assert re.search(r'id="nearby-mail" name="nearby.mail" value="true">', said(browser.get("/settings")))


def test_a_choice_that_is_none_changes_nothing(browser: Client, person: User) -> None:
    before = my_notification_choices(person)
    assert browser.post("/settings/notifications", {"nearby.mail": "perhaps"}).status_code == 400
    assert my_notification_choices(person) == before


# --- the name and the password ---------------------------------------------------------------------------------------


def test_a_name_is_changed_and_one_that_is_taken_or_ours_is_not(browser: Client, person: User, stranger: Actor) -> None:
    assert browser.post("/settings/name", {"username": " Olívia "}).status_code == 302
    assert 'value="Olívia"' in said(browser.get("/settings"))
    for wrong in ("STRANGER", "PawGle Support", "", "<b>", "a@b.example"):
        answer = browser.post("/settings/name", {"username": wrong})
        assert (answer.status_code, 'id="username-error"' in said(answer)) == (400, True), wrong
    person.refresh_from_db()
    assert person.username == "Olívia"
    assert browser.post("/settings/name", {"username": "olívia"}).status_code == 302, "one's own name is not taken"


def test_a_password_is_changed_by_the_old_one_and_ends_all_other_sessions(
    browser: Client, person: User, owner: Actor
) -> None:
    elsewhere, form = browser_of(owner), {"current_password": PASSWORD, "new_password": "quite another Passw0rd"}
    for change, field in (
        ({"current_password": "wrong"}, "current_password"),
        ({"new_password": "12345678"}, "new_password"),
        ({"new_password": ""}, "new_password"),
    ):
        answer = browser.post("/settings/password", {**form, **change})
        assert (answer.status_code, f'id="{field}-error"' in said(answer)) == (400, True), change
    assert "Your password is kept" in said(browser.post("/settings/password", form, follow=True))
    person.refresh_from_db()
    assert person.check_password("quite another Passw0rd")
    assert (is_signed_in(browser), is_signed_in(elsewhere)) == (True, False)
    assert owner.get("/api/auth/profile/").status_code == 401


def test_who_has_no_password_sets_the_first_after_a_fresh_sign_in(person: User) -> None:
    without_password(person)
    browser, form = signed_in_by_link(person), {"new_password": "quite another Passw0rd"}
    assert "Set the password" in said(browser.get("/settings"))
    _age(browser, timedelta(minutes=16))
    assert browser.post("/settings/password", form).status_code == 403
    _age(browser, timedelta(minutes=1))
    assert browser.post("/settings/password", form).status_code == 302
    person.refresh_from_db()
    assert person.check_password("quite another Passw0rd")


# --- the address ------------------------------------------------------------------------------------------------------


def test_a_new_address_counts_once_its_link_is_opened_and_asks_for_the_password(
    browser: Client, person: User, work_off: Any, mailoutbox: Any
) -> None:
    form = {"email": "olivia@example.org"}
    wrong = browser.post("/settings/address", {**form, "password": "wrong"})
    assert (wrong.status_code, 'id="password-error"' in said(wrong)) == (400, True)
    assert 'value="olivia@example.org"' in said(wrong)
    assert "wrong" not in re.findall(r'id="password"[^>]*', said(wrong))[0]
    browser.post("/settings/address", {**form, "password": PASSWORD})
    work_off()
    (mail,) = mailoutbox
    assert mail.to == ["olivia@example.org"]
    person.refresh_from_db()
    assert person.email == "owner@example.org"
    token = re.findall(r"token=([\w-]+)", mail.body)[0]
    browser.post("/auth/magic", {"token": token})
    person.refresh_from_db()
    assert person.email == "olivia@example.org"


def test_what_is_no_address_stands_next_to_its_field(browser: Client) -> None:
    answer = browser.post("/settings/address", {"email": "nobody", "password": PASSWORD})
    assert (answer.status_code, 'id="email-error"' in said(answer)) == (400, True)


# --- where one is signed in -------------------------------------------------------------------------------------------


def test_a_device_is_signed_out_and_no_one_elses(browser: Client, owner: Actor, person: User, stranger: Actor) -> None:
    assert stranger.user is not None
    session_start(user=person, user_agent="Old <b>phone</b>")
    page = said(browser.get("/settings"))
    assert "Old &lt;b&gt;phone&lt;/b&gt;" in page
    theirs = stranger.user.sessions.get()
    browser.post(f"/settings/sessions/{theirs.pk}/end")
    assert stranger.get("/api/auth/profile/").status_code == 200
    old = person.sessions.get(user_agent__startswith="Old")
    browser.post(f"/settings/sessions/{old.pk}/end")
    assert "Old" not in said(browser.get("/settings"))
    assert owner.get("/api/auth/profile/").status_code == 200, "the other device goes on"


def test_everywhere_else_is_signed_out_and_this_browser_goes_on(browser: Client, owner: Actor, person: User) -> None:
    elsewhere = browser_of(owner)
    link = one_time_token_create(user=person, purpose=OneTimeToken.Purpose.SIGN_IN)
    answer = browser.post("/settings/sessions/end", follow=True)
    assert "signed out everywhere else" in said(answer)
    assert is_signed_in(browser)
    assert not is_signed_in(elsewhere)
    assert owner.get("/api/auth/profile/").status_code == 401
    assert Client().post("/auth/magic", {"token": link}).status_code == 400


def test_ending_the_other_sessions_makes_this_one_no_fresher(person: User) -> None:
    without_password(person)
    browser = signed_in_by_link(person)
    _age(browser, timedelta(minutes=16))
    browser.post("/settings/sessions/end")
    assert browser.post("/settings/delete").status_code == 403


# --- all that is stored -----------------------------------------------------------------------------------------------


def test_ones_data_is_packed_told_of_by_mail_and_fetched_by_oneself_alone(
    browser: Client, stranger: Actor, work_off: Any, mailoutbox: Any
) -> None:
    assert "Pack it for me" in said(browser.get("/settings"))
    browser.post("/settings/export")
    assert "is being packed" in said(browser.get("/settings"))
    browser.post("/settings/export")
    export = DataExport.objects.get()
    part = f"/settings/export/{export.pk}/1"
    assert browser.get(part).status_code == 404, "it is not ready yet"
    work_off()
    assert "owner@example.org" in {address for mail in mailoutbox for address in mail.to}
    assert f'href="{part}"' in said(browser.get("/settings"))
    answer = browser.get(part)
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("application/zip", "no-store")
    assert b"".join(answer.streaming_content).startswith(b"PK")
    assert browser_of(stranger).get(part).status_code == 404
    assert part not in said(browser_of(stranger).get("/settings"))
    DataExport.objects.update(expires_at=timezone.now())
    assert browser.get(part).status_code == 404


# --- the end ----------------------------------------------------------------------------------------------------------


def test_an_account_is_deleted_by_its_password_and_taken_back_by_signing_in(
    browser: Client, owner: Actor, person: User
) -> None:
    page = said(browser.get("/settings/delete"))
    assert "After 14 days" in page
    wrong = browser.post("/settings/delete", {"password": "wrong"})
    assert (wrong.status_code, 'id="password-error"' in said(wrong)) == (400, True)
    person.refresh_from_db()
    assert person.is_active
    done = browser.post("/settings/delete", {"password": PASSWORD}, follow=True)
    assert "Your account is closed" in said(done)
    again = browser.post("/settings/delete", {"password": PASSWORD}, follow=True)
    assert (again.redirect_chain, "You are signed out" in said(again)) == ([("/", 302)], True)
    person.refresh_from_db()
    assert not person.is_active
    assert not is_signed_in(browser)
    assert owner.get("/api/auth/profile/").status_code == 401
    assert is_signed_in(signed_in_by_link(person))
    person.refresh_from_db()
    assert (person.is_active, person.deletion_due_at) == (True, None)


def _age(browser: Client, by: timedelta) -> None:
    session = browser.session
    session[SIGNED_IN_AT] = (timezone.now() - by).isoformat()
    session.save()


@pytest.mark.parametrize("path", ["/settings/delete", "/settings/address"])
def test_who_has_no_password_proves_it_by_a_link_that_was_opened_lately(person: User, path: str) -> None:
    without_password(person)
    form = {"email": "olivia@example.org"}
    browser = signed_in_by_link(person)
    assert 'id="password"' not in said(browser.get("/settings"))
    _age(browser, timedelta(minutes=16))
    stale = browser.post(path, form)
    assert (stale.status_code, "fresh sign-in" in said(stale)) == (403, True)
    by_other_ways = browser_of(person)
    assert by_other_ways.post(path, form).status_code == 403
    _age(browser, timedelta(minutes=14))
    assert browser.post(path, form).status_code == 302


def test_settings_are_for_who_is_signed_in(client: Client) -> None:
    for path in ("/settings", "/settings/delete"):
        assert client.get(path)["Location"] == f"/sign-in?next={path}"
