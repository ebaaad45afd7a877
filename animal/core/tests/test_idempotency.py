"""A POST sent again with its Idempotency-Key creates nothing twice and gets the first answer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from animal.chat.models import Message
from animal.chat.services import conversation_open
from animal.chat.tests.conftest import make_report
from animal.conftest import Actor
from animal.core import idempotency
from animal.core.idempotency import idempotency_sweep
from animal.core.models import IdempotencyRecord
from animal.images.models import Image
from animal.pets.models import Pet
from animal.reports.models import Report
from animal.reports.tests.conftest import REPORT_URL, form

KEY = "8e03978e-40d5-43e8-bc93-6894a57f9324"
ADD = "/api/auth/pets/add/"
CONTACT = "/api/auth/pets/contact-owner/"


def send(actor: Actor, url: str, body: dict[str, Any], key: str = KEY) -> Any:
    return actor.client.post(url, body, format="multipart", headers={"Idempotency-Key": key})


@pytest.fixture
def thread(owner: Actor, finder: Actor) -> str:
    people = [owner.user.pk, finder.user.pk]
    conversation = conversation_open(report=make_report(owner), user_ids=people, is_test=False)
    return f"/api/auth/chat/conversations/{conversation.pk}/messages/"


def test_a_report_sent_again_is_filed_once_and_answered_the_same(owner: Actor, picture: Callable[..., Any]) -> None:
    first, second = (send(owner, REPORT_URL, form(image=picture())) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201), second.content
    assert first.content == second.content
    assert "Idempotent-Replayed" not in first
    assert second["Idempotent-Replayed"] == "true"
    assert (Report.objects.count(), Image.objects.count()) == (1, 1)


def test_a_pet_sent_again_is_registered_once(owner: Actor, picture: Callable[..., Any]) -> None:
    body = {"name": "Milo", "category": "Domestic", "type": "Cats", "breed": "Tabby"}
    first, second = (send(owner, ADD, {**body, "images": [picture()]}) for _ in range(2))
    assert (first.status_code, second.content) == (201, first.content)
    assert (Pet.objects.count(), Image.objects.count()) == (1, 1)


def test_a_message_sent_again_stands_once(owner: Actor, finder: Actor, thread: str) -> None:
    first, second = (send(finder, thread, {"body": "Found him"}) for _ in range(2))
    assert (first.status_code, second.content) == (201, first.content)
    assert len(owner.get(thread).json()["messages"]) == 1


def test_a_message_to_the_reporter_sent_again_stands_once(owner: Actor, anonymous: Actor) -> None:
    body = {
        "pet_location_id": make_report(owner).pk,
        "message": "Seen",
        "contact_name": "G",
        "contact_email": "g@x.org",
    }
    first, second = (send(anonymous, CONTACT, body) for _ in range(2))
    assert (first.status_code, second.content) == (200, first.content)
    assert Message.objects.count() == 1


def test_without_a_key_or_with_another_one_it_is_another_thing(owner: Actor) -> None:
    for key in ("first", "second"):
        assert send(owner, REPORT_URL, form(), key=key).status_code == 201
    for _ in range(2):
        assert owner.multipart(REPORT_URL, form()).status_code == 201
    assert Report.objects.count() == 4


def test_a_key_counts_for_one_person_and_one_route(owner: Actor, finder: Actor, thread: str) -> None:
    before = Report.objects.count()
    for actor in (owner, finder):
        assert "Idempotent-Replayed" not in send(actor, REPORT_URL, form())
    assert send(finder, thread, {"body": "Hello"}).status_code == 201
    assert Report.objects.count() == before + 2


def test_the_draft_writes_the_key_in_quotes_which_is_the_same_key(owner: Actor) -> None:
    send(owner, REPORT_URL, form(), key=KEY)
    assert send(owner, REPORT_URL, form(), key=f'"{KEY}"')["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize("change", [{"animal_name": "Rex"}, {"image": True}, {"register_pet": "true"}])
def test_the_same_key_for_something_else_is_refused(
    owner: Actor, picture: Callable[..., Any], change: dict[str, Any]
) -> None:
    send(owner, REPORT_URL, form())
    change = {"image": picture()} if "image" in change else change
    answer = send(owner, REPORT_URL, form(**change))
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert Report.objects.count() == 1


@pytest.mark.parametrize("key", ["", "two words", "ü", "x" * 256, '""'])
def test_a_key_that_is_none_is_refused(owner: Actor, key: str) -> None:
    answer = send(owner, REPORT_URL, form(), key=key.encode().decode("latin-1"))
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_invalid")
    assert Report.objects.count() == 0


def test_what_was_refused_may_be_corrected_under_the_same_key(owner: Actor) -> None:
    assert send(owner, REPORT_URL, form(category="")).status_code == 400
    assert IdempotencyRecord.objects.count() == 0
    assert send(owner, REPORT_URL, form()).status_code == 201


def test_a_second_try_while_the_first_is_on_its_way_has_to_wait(owner: Actor) -> None:
    send(owner, REPORT_URL, form())
    in_flight = {
        "created_object": "",
        "status": None,
        "answer": "",
        "lease_until": timezone.now() + timedelta(minutes=1),
    }
    IdempotencyRecord.objects.update(**in_flight)
    answer = send(owner, REPORT_URL, form())
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_in_flight")
    assert int(answer["Retry-After"]) > 0
    assert Report.objects.count() == 1


def test_a_try_that_died_before_creating_anything_is_taken_over_when_its_lease_ends(owner: Actor) -> None:
    send(owner, REPORT_URL, form())
    Report.objects.all().delete()
    past = timezone.now() - timedelta(seconds=1)
    IdempotencyRecord.objects.update(created_object="", status=None, answer="", lease_until=past)
    answer = send(owner, REPORT_URL, form())
    assert (answer.status_code, "Idempotent-Replayed" in answer) == (201, False)
    assert Report.objects.count() == 1
    assert send(owner, REPORT_URL, form()).content == answer.content


def test_a_crash_between_creating_and_answering_loses_no_answer_and_creates_nothing_twice(
    owner: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*args: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as crash:
        crash.setattr(idempotency, "_keep", dies)
        with pytest.raises(KeyboardInterrupt):
            send(owner, REPORT_URL, form())
    answer = send(owner, REPORT_URL, form())
    assert (answer.status_code, answer.json()["id"]) == (201, Report.objects.get().pk)
    assert answer["Idempotent-Replayed"] == "true"


def test_a_try_whose_place_was_taken_while_it_worked_creates_nothing(
    owner: Actor, picture: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from animal.reports import services

    original = services._pet_concerned

    def slow(*args: Any) -> Any:
        IdempotencyRecord.objects.update(claim=2)  # Another try took over after the lease.
        return original(*args)

    monkeypatch.setattr(services, "_pet_concerned", slow)
    assert send(owner, REPORT_URL, form(image=picture())).status_code == 409
    assert (Report.objects.count(), Image.objects.count()) == (0, 0)


def test_registering_a_pet_along_with_a_report_is_no_second_creation(owner: Actor, picture: Callable[..., Any]) -> None:
    for _ in range(2):
        answer = send(owner, REPORT_URL, form(status="found", register_pet="true", image=picture()))
        assert answer.status_code == 201, answer.content
    assert (Report.objects.count(), Pet.objects.count()) == (1, 1)


def test_answers_are_kept_for_a_day(owner: Actor) -> None:
    send(owner, REPORT_URL, form())
    IdempotencyRecord.objects.update(created_at=timezone.now() - timedelta(hours=23))
    assert (idempotency_sweep(), send(owner, REPORT_URL, form())["Idempotent-Replayed"]) == (0, "true")
    IdempotencyRecord.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert "Idempotent-Replayed" not in send(owner, REPORT_URL, form()), "a key that old is new, swept or not"
    IdempotencyRecord.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert (idempotency_sweep(), IdempotencyRecord.objects.count()) == (1, 0)


@pytest.mark.django_db(transaction=True)
def test_four_tries_at_once_file_one_report(owner: Actor) -> None:
    statuses: list[int] = []

    def go() -> None:
        client = APIClient()
        client.credentials(**owner.client._credentials)
        try:
            statuses.append(send(Actor("another tab", client), REPORT_URL, form()).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=go) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Report.objects.count() == 1
    assert set(statuses) <= {201, 409}, statuses
    assert 201 in statuses


def test_a_browser_may_send_the_header_and_read_that_an_answer_was_replayed(owner: Actor) -> None:
    origin = {"HTTP_ORIGIN": "http://localhost:3000"}
    preflight = owner.client.options(
        REPORT_URL,
        HTTP_ACCESS_CONTROL_REQUEST_METHOD="POST",
        HTTP_ACCESS_CONTROL_REQUEST_HEADERS="idempotency-key",
        **origin,
    )
    assert "idempotency-key" in preflight["Access-Control-Allow-Headers"]
    assert "idempotent-replayed" in owner.client.get("/api/auth/pets/count/", **origin)["Access-Control-Expose-Headers"]
