"""A form that is sent again - by a reload after a 503, a double click, or going back - writes nothing twice."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

from accounts.models import Session
from animal.alerts.models import AlertSubscription, PushDevice
from animal.chat.models import Message
from animal.chat.services import conversation_open
from animal.chat.tests.conftest import make_report
from animal.conftest import Actor
from animal.core import lost_commits
from animal.core.models import IdempotencyRecord
from animal.core.tests.lists import rows
from animal.moderation.models import Block
from animal.pets.models import Pet, PetPhoto
from animal.reports.models import Report
from animal.reports.tests.conftest import pet_of  # noqa: F401
from animal.web.tests.steps import FORM, browser_of

pytestmark = pytest.mark.django_db

TOKEN = "t" * 64
FINDING = {"state": "with_me", "latitude": "28.6139", "longitude": "77.2090", "message": "By the fountain"}
GONE = "That is gone already."
SAID = {"message": "She crossed the bridge.", "contact_name": "Gus", "contact_email": "gus@example.org"}


def send(client: Client, path: str, form: dict[str, str], token: str = TOKEN) -> Any:
    return client.post(path, {**form, "csrfmiddlewaretoken": token})


@pytest.fixture
def thread(owner: Actor, finder: Actor) -> str:
    people = [owner.user.pk, finder.user.pk]
    return f"/chat/{conversation_open(report=make_report(owner), user_ids=people, is_test=False).pk}"


def test_a_report_is_filed_once_and_thanked_for_each_time(owner: Actor) -> None:
    browser = browser_of(owner)
    for _ in range(2):
        answer = send(browser, "/report", FORM)
        assert (answer.status_code, answer["Location"]) == (302, f"/reports/{Report.objects.get().pk}")
        assert "We compare the photo now" in browser.get(answer["Location"]).content.decode()
    assert Report.objects.count() == 1


def test_what_is_found_by_a_tag_is_told_once_and_both_lead_to_the_same_talk(owner: Actor, pet_of: Any) -> None:  # noqa: F811
    path, guest = f"/found/{pet_of(owner).animal_id}/report", Client()
    first, second = (guest.get(send(guest, path, FINDING)["Location"]) for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 200)
    assert (Report.objects.count(), Message.objects.count()) == (1, 1)
    follow_up = send(guest, path, FINDING)["Location"]
    for _ in range(2):
        assert send(guest, follow_up, {"body": "It eats."})["Location"] == follow_up
    assert Message.objects.count() == 2


def test_a_message_to_the_family_of_a_lost_animal_stands_once(owner: Actor) -> None:
    report = make_report(owner, side="lost")
    path = f"/lost/{report.pk}/message"
    for _ in range(2):
        answer = send(Client(), path, SAID)
        assert (answer.status_code, answer["Location"]) == (302, f"/lost/{report.pk}")
    assert Message.objects.count() == 1


def test_a_message_in_a_talk_stands_once_and_another_one_twice(finder: Actor, thread: str) -> None:
    browser = browser_of(finder)
    for body, token in (("Yes", TOKEN), ("Yes", TOKEN), ("Yes", "u" * 64), ("Yes, it eats", TOKEN)):
        assert send(browser, thread, {"body": body}, token)["Location"] == thread
    assert sorted(Message.objects.values_list("body", flat=True)) == ["Yes", "Yes", "Yes, it eats"]


def test_without_a_token_each_time_is_a_time_of_its_own(finder: Actor, thread: str) -> None:
    for _ in range(2):
        send(browser_of(finder), thread, {"body": "Yes"}, token="")
    assert Message.objects.count() == 2


def test_a_form_that_was_refused_may_be_sent_again(finder: Actor, thread: str) -> None:
    send(browser_of(finder), thread, {"body": ""})
    assert IdempotencyRecord.objects.count() == 0


def test_nobody_gets_what_another_one_sent_with_the_same_token(owner: Actor, finder: Actor) -> None:
    for actor in (owner, finder):
        send(browser_of(actor), "/report", FORM)
    assert Report.objects.count() == 2


def test_what_was_deleted_since_is_not_written_anew(owner: Actor) -> None:
    send(browser_of(owner), "/report", FORM)
    Report.objects.all().delete()
    assert send(browser_of(owner), "/report", FORM).status_code == 404
    assert Report.objects.count() == 0


def test_who_clicks_twice_waits_for_the_first_click(owner: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lost_commits, "ANSWER_SECONDS", -1.0)
    send(browser_of(owner), "/report", FORM)
    IdempotencyRecord.objects.update(created_object="")  # The first is still at it.
    answer = send(browser_of(owner), "/report", FORM)
    assert (answer.status_code, answer["Retry-After"]) == (409, "3")
    waits: list[float] = []

    def first_is_done(seconds: float) -> None:
        waits.append(seconds)
        IdempotencyRecord.objects.update(created_object=str(Report.objects.get().pk))

    monkeypatch.setattr(lost_commits, "ANSWER_SECONDS", timedelta(minutes=1).total_seconds())
    monkeypatch.setattr("animal.core.idempotency.time.sleep", first_is_done)
    assert send(browser_of(owner), "/report", FORM)["Location"] == f"/reports/{Report.objects.get().pk}"
    assert (len(waits), Report.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_a_database_that_goes_at_the_very_commit_leaves_a_form_that_can_be_sent_again(
    owner: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lost_commits, "ANSWER_SECONDS", 0.0)
    browser = browser_of(owner)
    browser.raise_request_exception = False
    seen = False

    def refuse(execute: Any, sql: str, *rest: Any) -> Any:
        nonlocal seen
        if seen and not connection.in_atomic_block:
            raise OperationalError(2013, "Lost connection to server during query")
        seen = seen or sql.replace("`", '"').startswith('INSERT INTO "reports_report"')
        return execute(sql, *rest)

    with connection.execute_wrapper(refuse):
        answer = send(browser, "/report", FORM)
    assert (answer.status_code, Report.objects.count()) == (503, 1)
    assert send(browser, "/report", FORM).status_code == 302
    assert Report.objects.count() == 1


@pytest.fixture
def removals(owner: Actor) -> dict[str, str]:
    """Where the forms lead by which the owner is rid of something, by their addresses."""
    for make in (rows.area, rows.browser, rows.block, rows.session):
        make(owner.user)
    report, pet = rows.report(owner.user), rows.pet(owner.user)
    return {
        f"/alerts/{AlertSubscription.objects.get().pk}/remove": "/alerts",
        f"/settings/push/{PushDevice.objects.get().pk}/remove": "/settings",
        f"/settings/sessions/{Session.objects.get(current_digest='x').pk}/end": "/settings",
        f"/blocks/{Block.objects.get().blocked_id}/remove": "/",
        f"/reports/{report.pk}/photos/{report.image_id}/remove": f"/reports/{report.pk}/edit",
        f"/reports/{report.pk}/delete": "/reports",
        f"/pets/{pet.pk}/photos/{pet.photos.all()[0].image_id}/remove": f"/pets/{pet.pk}",
        f"/pets/{pet.pk}/delete": "/pets",
    }


def test_who_removes_a_thing_twice_is_led_on_as_the_first_time_and_told_that_it_is_gone(
    owner: Actor, removals: dict[str, str]
) -> None:
    browser = browser_of(owner)
    for path, leads_to in removals.items():
        for is_gone in (False, True):
            answer = browser.post(path, follow=True)
            assert (answer.redirect_chain, GONE in answer.content.decode()) == ([(leads_to, 302)], is_gone), path


def test_nobody_learns_by_removing_it_whether_something_of_another_is_there(
    stranger: Actor, removals: dict[str, str]
) -> None:
    def answered(path: str) -> tuple[Any, ...]:
        answer = browser_of(stranger).post(path, follow=True)
        return answer.status_code, answer.redirect_chain, re.sub(rb'value="\w{64}"', b"", answer.content)

    for path in removals:
        never = re.sub(r"[0-9a-f-]{36}", "00000000-0000-4000-8000-000000000000", re.sub(r"/\d+/", "/999999/", path))
        assert answered(path) == answered(never), path
    assert (Report.objects.count(), Pet.objects.filter(deleted_at=None).count(), Block.objects.count()) == (1, 2, 1)
    assert (AlertSubscription.objects.count(), PushDevice.objects.count(), PetPhoto.objects.count()) == (1, 1, 4)
    assert Session.objects.get(current_digest="x").ended_at is None


@pytest.mark.parametrize("path", ["/report", "chat"])
def test_each_time_that_a_page_is_made_its_form_is_another_one(owner: Actor, thread: str, path: str) -> None:
    browser: Any = browser_of(owner)
    ask: Callable[[], str] = lambda: browser.get(thread if path == "chat" else path).content.decode()  # noqa: E731
    tokens = {token for _ in range(2) for token in re.findall(r'csrfmiddlewaretoken" value="(\w+)"', ask())[-1:]}
    assert len(tokens) == 2
