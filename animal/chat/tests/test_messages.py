"""Sending, receiving and reading messages."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from animal.chat.models import Conversation, Message, MessageReceipt
from animal.chat.services import message_send
from animal.conftest import Actor
from animal.images.models import Image
from animal.images.tests.stored import answer_at

Write = Callable[..., dict[str, Any]]
MESSAGE_KEYS = {"id", "sender_id", "sender_name", "body", "attachments", "created_at", "read_at"}


def fetch(actor: Actor, thread: str, after: str = "") -> list[dict[str, Any]]:
    answer = actor.get(thread + (f"?after={quote(after)}" if after else ""))
    assert answer.status_code == 200, answer.data
    return answer.json()["messages"]


def bodies(messages: list[dict[str, Any]]) -> list[str]:
    return [message["body"] for message in messages]


def test_a_message_reaches_the_other_side(owner: Actor, finder: Actor, write: Write, thread: str) -> None:
    sent = write(finder, "I think I found Milo.")
    assert set(sent) == MESSAGE_KEYS
    assert (sent["sender_id"], sent["sender_name"], sent["read_at"]) == (finder.user.pk, "Finder", None)
    assert sent["created_at"].endswith("Z")
    assert bodies(fetch(owner, thread)) == ["I think I found Milo."]


def test_server_time_has_an_offset_and_an_empty_thread_is_an_empty_list(owner: Actor, thread: str) -> None:
    answer = owner.get(thread).json()
    assert answer["messages"] == []
    assert answer["server_time"].endswith("+00:00")


def test_fetching_marks_read_for_the_reader_alone(owner: Actor, finder: Actor, write: Write, thread: str) -> None:
    write(finder, "Hello")
    assert fetch(finder, thread)[0]["read_at"] is None, "the sender's own fetch is no reading"
    assert fetch(owner, thread)[0]["read_at"] is None, "the first fetch still shows it as new"
    read_at = fetch(owner, thread)[0]["read_at"]
    assert read_at is not None
    assert fetch(finder, thread)[0]["read_at"] == read_at, "the sender sees that it was read"


def test_a_cursor_behind_ones_own_message_still_delivers_what_arrived_before_it(
    owner: Actor, finder: Actor, write: Write, thread: str
) -> None:
    write(owner, "first")
    seen = fetch(finder, thread)
    write(owner, "arrived meanwhile")
    own = write(finder, "my answer")
    assert seen[0]["created_at"] < own["created_at"]
    assert bodies(fetch(finder, thread, own["created_at"])) == ["arrived meanwhile"]
    assert fetch(finder, thread, own["created_at"]) == [], "what was delivered once does not come again"


def test_a_cursor_delivers_only_what_is_newer(owner: Actor, finder: Actor, write: Write, thread: str) -> None:
    write(finder, "one")
    two = write(finder, "two")
    fetch(owner, thread)
    write(finder, "three")
    assert bodies(fetch(owner, thread, two["created_at"])) == ["three"]


def test_the_first_fetch_brings_the_newest_200_oldest_first_and_the_older_unread_ones_follow(
    owner: Actor, finder: Actor, conversation: Conversation, thread: str
) -> None:
    for number in range(205):
        message_send(actor=finder.user, conversation=conversation, body=str(number))
    first = fetch(owner, thread)
    assert bodies(first) == [str(number) for number in range(5, 205)]
    assert bodies(fetch(owner, thread, first[-1]["created_at"])) == [str(number) for number in range(5)]


@pytest.mark.parametrize(
    "cursor",
    ["NaN", "junk", "0", "2026-13-01T00:00:00Z", "-1", "9999-12-31T23:59:59-12:00", "1e999", "' OR 1=1"],
)
def test_a_cursor_that_is_no_instant_is_refused(owner: Actor, thread: str, cursor: str) -> None:
    answer = owner.get(thread + "?after=" + quote(cursor))
    assert (answer.status_code, answer.json()["code"]) == (400, "cursor"), answer.content


@pytest.mark.parametrize("form", ["%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%dT%H:%M:%S.%f+00:00", "%Y-%m-%dT%H:%M:%S.%f"])
def test_a_cursor_may_be_written_in_each_iso_form_even_with_a_plus_sign_that_was_not_encoded(
    owner: Actor, finder: Actor, write: Write, thread: str, form: str
) -> None:
    sent = write(finder, "Hello")
    fetch(owner, thread)
    moment = datetime.fromisoformat(sent["created_at"]).astimezone(UTC)
    assert owner.client.get(f"{thread}?after={moment.strftime(form)}").json()["messages"] == []
    before = (moment - timedelta(microseconds=1)).strftime(form)
    assert len(owner.client.get(f"{thread}?after={before}").json()["messages"]) == 1


def test_times_in_a_conversation_strictly_increase_even_when_the_clock_went_back(
    owner: Actor, finder: Actor, write: Write, conversation: Conversation
) -> None:
    ahead = timezone.now() + timedelta(hours=1)
    Message.objects.create(conversation=conversation, sender=owner.user, body="from the future", created_at=ahead)
    assert datetime.fromisoformat(write(finder, "now")["created_at"]) == ahead + timedelta(microseconds=1)


@pytest.mark.django_db(transaction=True)
def test_messages_sent_at_once_all_arrive_and_no_two_have_the_same_time(
    owner: Actor, finder: Actor, conversation: Conversation
) -> None:
    failures: list[BaseException] = []

    def talk(actor: Actor) -> None:
        try:
            for number in range(5):
                message_send(actor=actor.user, conversation=conversation, body=str(number))
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=talk, args=(actor,)) for actor in (owner, finder, owner, finder)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    times = Message.objects.filter(conversation=conversation).values_list("created_at", flat=True)
    assert (len(times), len(set(times))) == (20, 20)
    assert MessageReceipt.objects.count() == 20


def test_up_to_six_photos_travel_with_a_message_and_without_text(
    owner: Actor, finder: Actor, write: Write, thread: str, picture: Callable[..., Any]
) -> None:
    sent = write(finder, "", attachments=[picture(f"{n}.jpg", color=(n, n, n)) for n in range(6)])
    assert len(sent["attachments"]) == 6
    received = fetch(owner, thread)[0]["attachments"]
    assert received == sent["attachments"]
    assert set(received[0]) == {"id", "url", "created_at"}
    assert received[0]["url"].startswith("http://")
    assert answer_at(received[0]["url"]) == (200, "image/jpeg")


def test_a_seventh_photo_is_left_out_and_image_is_another_name_for_one(
    finder: Actor, write: Write, picture: Callable[..., Any]
) -> None:
    assert len(write(finder, "", attachments=[picture() for _ in range(7)])["attachments"]) == 6
    assert len(write(finder, "", image=picture())["attachments"]) == 1
    assert Image.objects.count() == 7


def test_a_file_that_is_no_picture_is_refused_and_nothing_of_the_message_is_kept(
    finder: Actor, thread: str, picture: Callable[..., Any]
) -> None:
    page = SimpleUploadedFile("photo.jpg", b"<html><script>alert(1)</script>", content_type="image/jpeg")
    answer = finder.multipart(thread, {"body": "Look", "attachments": [picture(), page]})
    assert answer.status_code == 400, answer.content
    assert answer.json()["detail"]
    assert (Message.objects.count(), Image.objects.count()) == (0, 0)


@pytest.mark.parametrize("fields", [{}, {"body": ""}, {"body": "  \n "}, {"body": "x" * 4001}, {"body": "a\0b"}])
def test_an_empty_too_long_or_unprintable_message_is_refused(
    finder: Actor, thread: str, fields: dict[str, str]
) -> None:
    answer = finder.multipart(thread, fields)
    assert answer.status_code == 400, answer.content
    assert answer.json()["detail"]
    assert Message.objects.count() == 0


def test_4000_characters_on_many_lines_are_a_message(finder: Actor, write: Write) -> None:
    text = ("Häßlich ünïcødé 🐈\n" * 300)[:4000].strip()
    assert write(finder, text)["body"] == text


def test_a_body_that_is_a_file_is_refused(finder: Actor, thread: str, picture: Callable[..., Any]) -> None:
    assert finder.multipart(thread, {"body": picture()}).status_code == 400


def test_json_to_the_message_route_is_an_unsupported_media_type(finder: Actor, thread: str) -> None:
    answer = finder.post(thread, {"body": "Hello"})
    assert answer.status_code == 415
    assert answer.json()["detail"]


def test_fetching_messages_takes_the_same_queries_for_1_and_for_30(
    owner: Actor, finder: Actor, write: Write, thread: str, picture: Callable[..., Any]
) -> None:
    taken = []
    for number in range(30):
        write(finder, str(number), attachments=picture())
        if number in (0, 29):
            with CaptureQueriesContext(connection) as queries:
                assert len(fetch(owner, thread)) == number + 1
            taken.append(len([query for query in queries if "SAVEPOINT" not in query["sql"]]))
    assert taken[0] == taken[1] <= 7, taken


def test_a_poll_that_brings_nothing_writes_nothing(owner: Actor, finder: Actor, write: Write, thread: str) -> None:
    last = write(finder, "Hello")
    fetch(owner, thread)
    with CaptureQueriesContext(connection) as queries:
        assert fetch(owner, thread, last["created_at"]) == []
    assert not [query["sql"] for query in queries if not query["sql"].startswith("SELECT")]


def test_asking_for_the_headers_alone_reads_nothing(owner: Actor, finder: Actor, write: Write, thread: str) -> None:
    write(finder, "I think I found Milo.")
    assert owner.client.head(thread).status_code == 200
    page = Client()
    page.force_login(owner.user, backend="accounts.backends.EmailBackend")
    assert page.head(f"/chat/{thread.split('/')[-3]}").status_code == 200
    assert fetch(finder, thread)[0]["read_at"] is None
    assert not MessageReceipt.objects.exclude(read_at=None).exists()
