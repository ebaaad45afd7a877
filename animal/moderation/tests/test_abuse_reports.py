"""Complaints: about what one can see, once, told to nobody but the staff."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from animal.alerts.models import Notification
from animal.chat.models import Message
from animal.conftest import Actor
from animal.core.models import OutgoingMail
from animal.moderation.models import AbuseReport, ModerationAct
from animal.moderation.services import abuse_report_settle
from animal.moderation.tests.conftest import say
from animal.pets.models import Pet
from animal.reports.models import Report

URL = "/api/v1/abuse-reports/"


def complain(actor: Actor, kind: str, object_id: object, **fields: Any) -> Any:
    return actor.post(URL, {"kind": kind, "id": str(object_id), "reason": "scam", "text": "Asks for money", **fields})


def test_each_kind_that_one_can_see_may_be_reported_and_the_other_side_is_not_told(
    owner: Actor, finder: Actor, report: Report, thread: str
) -> None:
    pet = Pet.objects.create(owner=owner.user, name="Milo", type="Cats", breed="x", is_public=True)
    message = say(owner, thread, "Send me money").json()["id"]
    before = (Notification.objects.count(), OutgoingMail.objects.count())
    for kind, object_id in (("report", report.pk), ("pet", pet.pk), ("message", message), ("user", owner.user.pk)):
        answer = complain(finder, kind, object_id)
        assert answer.status_code == 201, (kind, answer.content)
        assert set(answer.json()) == {"id", "kind", "object_id", "reason", "text", "state", "created_at"}
    assert (Notification.objects.count(), OutgoingMail.objects.count()) == before
    assert [item["kind"] for item in finder.get(URL).json()["results"]] == ["user", "message", "pet", "report"]
    assert owner.get(URL).json()["results"] == []


def test_a_second_complaint_about_the_same_thing_answers_with_the_first(finder: Actor, report: Report) -> None:
    first, second = complain(finder, "report", report.pk), complain(finder, "report", f"0{report.pk}", reason="spam")
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json() == first.json()
    assert AbuseReport.objects.count() == 1


def test_what_one_cannot_see_and_what_does_not_exist_get_the_same_answer(
    owner: Actor, stranger: Actor, report: Report, thread: str
) -> None:
    message = say(owner, thread, "Private").json()["id"]
    private = Pet.objects.create(owner=owner.user, name="Milo", type="Cats", breed="x")
    Report.objects.filter(pk=report.pk).update(status="resolved")
    seen = {"report": report.pk, "pet": private.pk, "message": message, "user": owner.user.pk}
    missing = {"report": 99999, "pet": 999999, "message": uuid.uuid4(), "user": 99999}
    for kind in seen:
        denied, none = complain(stranger, kind, seen[kind]), complain(stranger, kind, missing[kind])
        assert (denied.status_code, denied.content) == (404, none.content), kind
    assert AbuseReport.objects.count() == 0


def test_ones_own_things_are_not_reported(owner: Actor, report: Report, thread: str) -> None:
    pet = Pet.objects.create(owner=owner.user, name="Milo", type="Cats", breed="x")
    message = say(owner, thread, "Hello").json()["id"]
    for kind, object_id in (("report", report.pk), ("pet", pet.pk), ("message", message), ("user", owner.user.pk)):
        assert complain(owner, kind, object_id).status_code == 400, kind


@pytest.mark.parametrize("object_id", ["", "abc", "-1", "0", "1.5", "٤", "9" * 30, str(uuid.UUID(int=7))])
@pytest.mark.parametrize("kind", ["report", "pet", "message", "user"])
def test_an_id_that_is_none_is_refused(finder: Actor, kind: str, object_id: str) -> None:
    assert complain(finder, kind, object_id).status_code in (400, 404)


@pytest.mark.parametrize("change", [{"kind": "car"}, {"reason": "boring"}, {"text": "x" * 2001}, {"text": "a\0b"}])
def test_a_complaint_that_says_nothing_useful_is_refused(finder: Actor, report: Report, change: dict[str, str]) -> None:
    answer = finder.post(URL, {"kind": "report", "id": str(report.pk), "reason": "scam", **change})
    assert answer.status_code == 400


def test_a_passer_by_has_to_sign_in(anonymous: Actor, report: Report) -> None:
    assert complain(anonymous, "report", report.pk).status_code == anonymous.get(URL).status_code == 401


def test_settling_is_done_once_and_written_down(finder: Actor, moderator: Actor, report: Report) -> None:
    complain(finder, "report", report.pk)
    complaint = AbuseReport.objects.get()
    assert [abuse_report_settle(actor=moderator.user, complaint=complaint) for _ in range(2)] == [True, False]
    act = ModerationAct.objects.get()
    assert (act.actor, act.act, act.object_id) == (moderator.user, "settle", str(complaint.pk))
    assert finder.get(URL).json()["results"][0]["state"] == "settled"


def test_the_message_stays_for_the_staff_when_its_writer_deletes_the_account(
    owner: Actor, finder: Actor, thread: str
) -> None:
    message = say(owner, thread, "Send me money").json()["id"]
    complain(finder, "message", message)
    owner.user.delete()
    assert AbuseReport.objects.get().object_id == message
    assert Message.objects.filter(pk=message).count() in (0, 1)
