"""The list of chats, and what an open chat asks for by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import escape

from accounts.models import Session
from accounts.page_sessions import ROW
from accounts.services import session_start
from animal.chat.models import Conversation, Message
from animal.chat.tests.conftest import make_report
from animal.conftest import Actor
from animal.web.tests.steps import browser_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def chat(owner: Actor, finder: Actor) -> str:
    """The finder has written to the owner from the page of the lost animal."""
    report = make_report(owner)
    sent = browser_of(finder).post(f"/lost/{report.pk}/message", {"message": "I saw <i>him</i>."})
    assert sent.status_code == 302
    return f"/chat/{Conversation.objects.get().pk}"


def test_whoever_wrote_and_whoever_was_written_to_find_the_chat_in_their_list(
    owner: Actor, finder: Actor, stranger: Actor, unverified: Actor, chat: str
) -> None:
    page = browser_of(owner).get("/chat").content.decode()
    for said in (f'href="{chat}"', "About Milo", escape(f"with {finder.user.username}"), "I saw &lt;i&gt;him", "1 new"):
        assert said in page, said
    assert 'class="count">1<' in page
    mine = browser_of(finder).get("/chat").content.decode()
    assert f'href="{chat}"' in mine
    assert 'class="count"' not in mine
    assert owner.user.username not in mine, "who is silent has told nobody who they are"
    for other in (stranger, unverified):
        assert chat not in browser_of(other).get("/chat").content.decode()
    browser_of(owner).get(chat)
    assert 'class="count"' not in browser_of(owner).get("/chat").content.decode()


def test_an_open_chat_asks_for_what_is_new_cheaply_and_keeps_nobody_signed_in(
    owner: Actor, finder: Actor, stranger: Actor, chat: str
) -> None:
    browser = browser_of(owner)
    first = Message.objects.get().created_at.isoformat()
    part = {"part": "thread", "last": first}
    page = browser.get(chat).content.decode()
    assert (f'data-at="{first}"' in page, f'<time datetime="{first}"' in page, "chat.js" in page) == (True,) * 3
    here = Session.objects.filter(pk=session_start(user=owner.user, user_agent="a browser").partition(".")[0])
    kept = browser.session
    kept[ROW] = str(here.get().pk)
    kept.save()
    here.update(last_seen_at=timezone.now() - timedelta(hours=1))
    seen = here.values_list("last_seen_at", "expires_at").get()
    with CaptureQueriesContext(connection) as asked:
        nothing = browser.get(chat, part)
    assert (nothing.status_code, nothing["Cache-Control"]) == (204, "private, no-store")
    assert len(asked) <= 5, [query["sql"] for query in asked]
    browser_of(finder).post(chat, {"body": "By the river."})
    fresh = browser.get(chat, part)
    assert (fresh.status_code, fresh["Cache-Control"]) == (200, "private, no-store")
    assert "By the river." in fresh.content.decode()
    assert "<html" not in fresh.content.decode()
    assert here.values_list("last_seen_at", "expires_at").get() == seen
    browser.get(chat)
    assert here.get().last_seen_at > seen[0], "somebody came"
    assert browser_of(stranger).get(chat, part).status_code == 404


def test_a_refused_message_is_still_in_its_field(owner: Actor, chat: str) -> None:
    for body in ("x" * 4001, "Look:\x1b[2J <b>"):
        answer: Any = browser_of(owner).post(chat, {"body": body})
        assert (answer.status_code, f">{escape(body)}</textarea>" in answer.content.decode()) == (400, True)
    assert Message.objects.count() == 1
