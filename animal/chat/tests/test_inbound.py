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


ANSWERS = {
    "a quotation that begins at once": "Yes!\nOn Mon, 23 Nov 2026 at 10:00, PawGle wrote:\n> You have",
    "an announcement over two lines": "Yes!\n\nOn Mon, 23 Nov 2026, PawGle <replies@example.org>\nwrote:\n\n> You",
    "another language": "Yes!\n\nAm 23.11.2026 um 10:00 schrieb PawGle <replies@example.org>:\n> Sie haben",
    "a quotation without marks": "Yes!\n\nOn Mon, 23 Nov 2026, PawGle <replies@example.org> wrote:\n",
    "Outlook's separator": "Yes!\n\n-----Original Message-----\nFrom: PawGle <replies@example.org>\nSent: Monday",
    "Outlook's line": "Yes!\n________________________________\nFrom: PawGle <replies@example.org>\nSent: Monday",
    "Outlook's header alone": "Yes!\n\nFrom: PawGle <replies@example.org>\nSent: Monday\nTo: finder@example.org",
    "a signature": "Yes!\n-- \nFinder Smith\n+1 555 0100\nfinder@example.org",
    "a signature without its blank": "Yes!\n--\nFinder Smith\n+1 555 0100",
    "a telephone's signature": "Yes!\n\nSent from my iPhone\n",
    "carriage returns": "Yes!\r\n\r\nOn Mon, 23 Nov 2026, PawGle wrote:\r\n> You have\r\n",
}


@pytest.mark.parametrize("case", ANSWERS, ids=str)
def test_only_the_new_words_are_taken(post: Any, owner: Actor, thread: str, case: str) -> None:
    assert post(text=ANSWERS[case]).status_code == 200
    (message,) = owner.get(thread).json()["messages"]
    assert message["body"] == "Yes!"


@pytest.mark.parametrize(
    "text", ["I saw three of them:", "On the 3rd I saw him.\nHe had:", "-- or so I think", "A -- B"]
)
def test_words_that_only_look_like_it_stay(post: Any, owner: Actor, thread: str, text: str) -> None:
    post(text=text)
    assert owner.get(thread).json()["messages"][0]["body"] == text


AUTOMATIC = [
    {"subject": "Automatic reply: New message about Milo"},
    {"subject": "Out of Office: New message"},
    {"subject": "Abwesenheitsnotiz: New message"},
    {"subject": "Undelivered Mail Returned to Sender"},
    {"subject": "Delivery Status Notification (Failure)"},
    {"from": "MAILER-DAEMON@mx.example.org"},
    {"from": "Mail Delivery <postmaster@example.org>"},
    {"headers": {"Auto-Submitted": "auto-replied"}},
    {"headers": [{"name": "auto-submitted", "value": "auto-generated"}]},
    {"headers": {"Precedence": "bulk"}},
    {"headers": {"X-Auto-Response-Suppress": "All"}},
    {"headers": {"Return-Path": "<>"}},
]


@pytest.mark.parametrize("change", AUTOMATIC, ids=str)
def test_what_a_program_wrote_is_answered_and_dropped(post: Any, conversation: Conversation, change: Any) -> None:
    if "subject" in change:
        change = {"subject": f"{change['subject']} [PawGle-{conversation.pk}]"}
    answer = post(**change)
    assert (answer.status_code, answer.json()["success"]) == (200, True), "an error would make the server try again"
    assert (Message.objects.count(), OutgoingMail.objects.count()) == (0, 0)


@pytest.mark.parametrize("headers", [{"Auto-Submitted": "no"}, {"Subject": "x"}, [], None, "text", [7, {"name": 3}]])
def test_headers_that_say_nothing_of_a_program_are_no_matter(post: Any, headers: Any) -> None:
    assert post(headers=headers).status_code == 200
    assert Message.objects.count() == 1


def test_the_secret_is_compared_in_constant_time(post: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from animal.chat import inbound_api

    compared: list[tuple[str, str]] = []
    real = inbound_api.constant_time_compare
    monkeypatch.setattr(inbound_api, "constant_time_compare", lambda a, b: compared.append((a, b)) or real(a, b))
    assert post(secret="wrong").status_code == 401
    assert compared == [("wrong", SECRET)]


FORGED = [
    {"Authentication-Results": "mx.example; spf=pass smtp.mailfrom=evil.example; dmarc=fail header.from=example.org"},
    {"authentication-results": "mx.example; spf=fail (no pass=here) smtp.mailfrom=x; dkim=none"},
    [
        {"name": "Authentication-Results", "value": "mx.example;\r\n dmarc=fail"},
        {"name": "Authentication-Results", "value": "mx.example; spf=pass; dkim=pass; dmarc=pass"},
    ],
    {"Authentication-Results": ["mx.example; dkim=fail", "mine; dmarc=pass"]},
    {"Received-SPF": "Fail (mx.example: domain of x does not designate)"},
]


@pytest.mark.parametrize("headers", FORGED)
def test_a_mail_that_the_receiving_server_calls_forged_is_dropped_and_the_log_says_so_without_names(
    post: Any, headers: Any, caplog: pytest.LogCaptureFixture
) -> None:
    assert post(headers=headers).status_code == 200, "the provider must not send it again"
    assert Message.objects.count() == 0
    assert "forged" in caplog.text
    assert "finder" not in caplog.text.lower()


@pytest.mark.parametrize(
    "results",
    ["mx; spf=pass", "mx; spf=fail; dkim=pass", "mx; spf=softfail; dkim=none", "mx; none", "mx; spf=fail; dmarc=pass"],
)
def test_a_mail_that_passes_or_was_not_checked_is_taken(post: Any, results: str) -> None:
    assert post(headers={"Authentication-Results": results}).status_code == 200
    assert Message.objects.count() == 1
