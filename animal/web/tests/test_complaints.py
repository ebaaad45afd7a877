"""Telling staff that something is wrong, and blocking, on pages."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from animal.chat.models import Message
from animal.conftest import Actor
from animal.core.tests.lists import rows
from animal.core.throttles import RequestThrottle
from animal.moderation.models import AbuseReport, Block
from animal.web.tests.steps import browser_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def said(owner: Actor, finder: Actor) -> Message:
    """What the finder wrote to the owner."""
    return rows.message(rows.conversation(owner.user, finder.user), finder.user, owner.user)


def page_of(actor: Actor, path: str) -> str:
    answer = browser_of(actor).get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    text: str = answer.content.decode()
    return text


def test_a_message_and_its_writer_are_reported_from_the_chat_and_staff_get_the_words(
    owner: Actor, finder: Actor, said: Message
) -> None:
    chat, browser = f"/chat/{said.conversation_id}", browser_of(owner)
    page = page_of(owner, chat)
    for path in (f"/messages/{said.pk}/complain", f"/people/{finder.user.pk}/complain"):
        assert f'href="{path}?next={chat}"' in page
        assert "Row" in page_of(owner, path), "it says what, and who, this is about"
        unsaid = browser.post(path, {"reason": "", "text": "He wants money", "next": chat})
        assert (unsaid.status_code, "Please choose a reason." in unsaid.content.decode()) == (400, True)
        assert "He wants money" in unsaid.content.decode(), "what was typed is kept"
        sent = {"reason": "scam", "text": "He wants money", "next": chat}
        assert "Thank you. Our staff look at it" in browser.post(path, sent, follow=True).content.decode()
        again = browser.post(path, sent, follow=True)
        assert (again.redirect_chain, "told us of this before" in again.content.decode()) == ([(chat, 302)], True)
    complaints = AbuseReport.objects.order_by("pk").values_list("kind", "object_id", "reason", "text")
    assert list(complaints) == [
        ("message", str(said.pk), "scam", "He wants money"),
        ("user", str(finder.user.pk), "scam", "He wants money"),
    ]
    own = browser_of(finder).get(f"/messages/{said.pk}/complain")
    assert (own.status_code, "This is your own." in own.content.decode()) == (400, True)
    assert "/complain" not in page_of(finder, chat), "nobody else has written there"
    elsewhere = browser.post(f"/messages/{said.pk}/complain", {"reason": "spam", "next": "https://evil.example/"})
    assert elsewhere["Location"] == "/"


def test_a_case_is_reported_from_its_public_page_after_signing_in(
    owner: Actor, finder: Actor, stranger: Actor, client: Client
) -> None:
    report = rows.public_report(owner.user)
    case, path = f"/lost/{report.pk}", f"/reports/{report.pk}/complain"
    assert path in client.get(case).content.decode()
    assert client.get(path)["Location"].startswith("/sign-in?next=")
    assert path not in page_of(owner, case), "it is the owner's own"
    sent = browser_of(finder).post(path, {"reason": "false_claim", "next": case}, follow=True)
    assert (sent.redirect_chain, AbuseReport.objects.get().kind) == ([(case, 302)], "report")
    pet = f"/pets/{report.pet_id}/complain"
    tag = f"/found/{report.pet.animal_id}"
    assert pet in page_of(finder, tag)
    assert pet not in page_of(owner, tag)
    assert browser_of(finder).post(pet, {"reason": "offensive"}).status_code == 302
    find = rows.report(finder.user, "found", of_pet=False).pk
    found = f"/reports/{find}/complain?next=/finds/{find}"
    assert found in page_of(stranger, f"/finds/{find}")
    assert found not in page_of(finder, f"/finds/{find}")
    # What one cannot see cannot be reported, nor somebody whom one never met.
    talk = rows.message(rows.conversation(owner.user, finder.user), finder.user, owner.user)
    for unseen in (f"/messages/{talk.pk}/complain", f"/people/{owner.user.pk}/complain", "/reports/999999/complain"):
        assert browser_of(stranger).get(unseen).status_code == 404
        assert browser_of(stranger).post(unseen, {"reason": "spam"}).status_code == 404
    assert AbuseReport.objects.count() == 2


def test_a_match_leads_to_telling_staff_of_the_other_side(owner: Actor, finder: Actor) -> None:
    pair = rows.match(owner.user, finder.user)
    assert f"/reports/{pair.found_report_id}/complain" in page_of(owner, f"/reports/{pair.lost_report_id}")
    theirs = f"/reports/{pair.lost_report_id}/complain"
    assert theirs in page_of(finder, f"/reports/{pair.found_report_id}")
    assert page_of(finder, theirs)
    type(pair).objects.update(status="dismissed")
    assert "/complain" not in page_of(owner, f"/reports/{pair.lost_report_id}")


def test_blocking_shuts_the_chat_and_the_list_opens_it_again(
    owner: Actor, finder: Actor, stranger: Actor, said: Message
) -> None:
    chat, browser, them = f"/chat/{said.conversation_id}", browser_of(owner), f"/blocks/{finder.user.pk}"
    assert "You block nobody." in page_of(owner, "/blocks")
    answer = browser.post(them, {"next": chat}, follow=True)
    assert answer.redirect_chain == [(chat, 302)]
    page = answer.content.decode()
    assert ("You block Row" in page, 'name="body"' in page, f"{them}/remove" in page) == (True, False, True)
    assert "You block" not in page_of(finder, chat), "who is blocked does not notice"
    assert 'name="body"' in page_of(finder, chat)
    assert "<strong>Row</strong>" in page_of(owner, "/blocks"), "by the name that they wrote under"
    assert "Row" not in page_of(stranger, "/blocks")
    assert browser_of(stranger).post(them).status_code == 404, "they never met"
    browser_of(stranger).post(f"{them}/remove")
    assert Block.objects.exists()
    assert "This is you." in browser.post(f"/blocks/{owner.user.pk}", {"next": chat}, follow=True).content.decode()
    browser.post(f"{them}/remove", {"next": "/blocks"})
    assert not Block.objects.exists()
    assert 'name="body"' in page_of(owner, chat)


def test_complaints_are_limited_as_those_of_the_api_are(owner: Actor, said: Message, monkeypatch: Any) -> None:
    monkeypatch.setattr(RequestThrottle, "THROTTLE_RATES", {**RequestThrottle.THROTTLE_RATES, "user": "1/min"})
    path, browser = f"/messages/{said.pk}/complain", browser_of(owner)
    answers = [browser.post(path, {"reason": "spam"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 429]
