"""Answers by mail: who may send one, what becomes of it, and what never leaves."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from animal.chat.guests import guest_conversation_open
from animal.chat.models import Conversation, Message
from animal.conftest import Actor
from animal.core.models import OutgoingMail
from animal.images.models import Image
from animal.reports.models import Report

URL = "/api/auth/email/forward-reply/"
SECRET = "a secret that both servers know"


@pytest.fixture(autouse=True)
def _secret(settings: Any) -> None:
    settings.FORWARD_REPLY_SECRET = SECRET


@pytest.fixture
def post(anonymous: Actor, conversation: Conversation) -> Callable[..., Any]:
    def send(secret: str = SECRET, **changes: Any) -> Any:
        mail = {
            "from": "Finder <finder@example.org>",
            "to": "replies@example.org",
            "subject": f"Re: New message about Milo [PawGle-{conversation.pk}]",
            "text": "I found him!\n\nOn Monday, PawGle wrote:\n> You have a new message about Milo.",
            "html": "<script>alert(1)</script>",
            "attachments": [],
        }
        return anonymous.post(URL, mail | changes, headers={"X-Forward-Secret": secret})

    return send


def attachment(data: bytes, name: str = "milo.jpg") -> dict[str, str]:
    return {"filename": name, "content": base64.b64encode(data).decode(), "contentType": "image/jpeg"}


def test_an_answer_becomes_a_message_without_its_quotation_its_html_or_its_address(
    post: Any, owner: Actor, finder: Actor, thread: str
) -> None:
    answer = post()
    assert (answer.status_code, answer.json()["success"]) == (200, True), answer.content
    (message,) = owner.get(thread).json()["messages"]
    assert (message["body"], message["sender_id"]) == ("I found him!", finder.user.pk)
    mail = OutgoingMail.objects.get()
    assert mail.to_email == owner.user.email
    for private in ("found him", "finder@example.org", "script", "Finder"):
        assert private not in mail.text + mail.subject + mail.html


def test_the_sender_decides_the_direction(post: Any, owner: Actor, finder: Actor, thread: str) -> None:
    assert post(**{"from": "OWNER@example.org", "text": "Thank you"}).status_code == 200
    (message,) = finder.get(thread).json()["messages"]
    assert message["sender_id"] == owner.user.pk


def test_a_guest_answers_as_the_guest(anonymous: Actor, owner: Actor, report: Report, post: Any) -> None:
    conversation = guest_conversation_open(report=report, name="Greta", email="greta@example.net")
    assert post(**{"from": "greta@example.net", "subject": f"[PawGle-{conversation.pk}]"}).status_code == 200
    thread = f"/api/auth/chat/conversations/{conversation.pk}/messages/"
    (message,) = owner.get(thread).json()["messages"]
    assert (message["sender_id"], message["sender_name"]) == (None, "Guest")


def test_an_address_that_takes_no_part_and_a_conversation_that_does_not_exist_get_the_same_answer(
    post: Any, stranger: Actor
) -> None:
    denied = post(**{"from": "stranger@example.org"})
    missing = post(subject="Re: [PawGle-00000000-0000-4000-8000-000000000000]")
    assert (denied.status_code, denied.json()["success"]) == (400, False)
    assert denied.json()["error"]
    assert denied.content == missing.content
    assert Message.objects.count() == 0


@pytest.mark.parametrize(
    "sender",
    ["", "finder@example.org, stranger@example.org", '"finder@example.org" <stranger@example.org>', "finder", "<>"],
)
def test_only_one_address_counts_and_not_what_stands_before_it(post: Any, sender: str) -> None:
    assert post(**{"from": sender}).status_code == 400
    assert Message.objects.count() == 0


@pytest.mark.parametrize("secret", ["", "wrong", SECRET + " ", SECRET[:-1], "ünïcødé"])
def test_without_the_secret_nobody_is_let_in(post: Any, secret: str) -> None:
    answer = post(secret=secret.encode().decode("latin-1"))
    assert (answer.status_code, answer.json()["success"]) == (401, False)
    assert Message.objects.count() == 0


def test_when_no_secret_is_configured_an_empty_one_lets_nobody_in(post: Any, settings: Any) -> None:
    settings.FORWARD_REPLY_SECRET = ""
    assert post(secret="").status_code == 401


def test_the_same_mail_is_taken_once(post: Any) -> None:
    assert [post().status_code for _ in range(3)] == [200, 200, 200]
    assert Message.objects.count() == 1
    post(text="Another answer")
    assert Message.objects.count() == 2


def test_photos_come_along_stripped_and_other_files_do_not(
    post: Any, owner: Actor, thread: str, picture: Callable[..., Any]
) -> None:
    page = attachment(b"<html><script>alert(1)</script></html>", "page.html")
    answer = post(attachments=[page, attachment(picture().read())])
    assert answer.status_code == 200, answer.content
    (message,) = owner.get(thread).json()["messages"]
    assert len(message["attachments"]) == Image.objects.count() == 1
    assert post(text="Look", attachments=[page]).status_code == 200
    assert "left out" in owner.get(thread).json()["messages"][-1]["body"]


def test_a_damaged_photo_does_not_cost_the_words(post: Any, owner: Actor, thread: str) -> None:
    assert post(attachments=[attachment(b"\xff\xd8\xff\xe0 damaged")]).status_code == 200
    (message,) = owner.get(thread).json()["messages"]
    assert message["body"].startswith("I found him!")
    assert message["attachments"] == []


def test_a_mail_of_several_megabytes_is_taken_and_one_without_end_is_not(
    post: Any, owner: Actor, thread: str, picture: Callable[..., Any], settings: Any
) -> None:
    photo = picture().read()
    assert post(attachments=[attachment(photo), attachment(photo + b"\0" * 4_000_000)]).status_code == 200
    assert len(owner.get(thread).json()["messages"][0]["attachments"]) == 2
    settings.MAX_UPLOAD_SIZE_MB = 1
    assert post(text="Too large", attachments=[attachment(photo + b"\0" * 4_000_000)]).status_code == 200
    assert owner.get(thread).json()["messages"][-1]["attachments"] == []


@pytest.mark.parametrize("text", ["", "> only what was quoted", None])
def test_a_mail_without_anything_new_is_refused(post: Any, text: str | None) -> None:
    assert post(text=text).status_code == 400


def test_a_long_answer_is_cut_to_the_length_of_a_message(post: Any, owner: Actor, thread: str) -> None:
    assert post(text="word " * 5000).status_code == 200
    assert len(owner.get(thread).json()["messages"][0]["body"]) <= 4000
