"""Faults C1 to C7 of the older service (contract, section 10): what made it slow or left it half-done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from animal.alerts.models import Notification
from animal.chat.models import Conversation, Message
from animal.chat.services import conversation_open, message_send
from animal.chat.tests.conftest import make_report
from animal.conftest import Actor, make_actor
from animal.core.models import BackgroundTask, OutgoingMail
from animal.core.tests.contract.client import (
    ALERTS,
    AREA,
    CHATS,
    CONTACT,
    REPORT,
    contact_form,
    pet_added,
    photo,
    report_filed,
    report_form,
)
from animal.images.models import Image
from animal.images.tests.stored import names_stored
from animal.matching.tests import scene
from animal.pets.models import Pet, PetPhoto
from animal.reports.models import Report


def test_c1_no_request_sends_a_mail_itself(
    owner: Actor, anonymous: Actor, mailoutbox: Any, work_off: Callable[[], int]
) -> None:
    anonymous.multipart(CONTACT, contact_form(report_filed(owner)["id"]))
    assert (mailoutbox, OutgoingMail.objects.count()) == ([], 1)
    work_off()
    assert len(mailoutbox) == 1


def test_c2_thirty_conversations_take_four_queries_at_most(owner: Actor) -> None:
    taken = []
    for count in (1, 30):
        while Conversation.objects.count() < count:
            other = make_actor(f"finder{Conversation.objects.count()}")
            people = [owner.user.pk, other.user.pk]
            pet = Pet.objects.create(owner=owner.user, name="Milo", type="Cats", breed="Tabby")
            PetPhoto.objects.create(pet=pet, image=_image(), position=0)
            report = make_report(owner, pet=pet, image=_image())
            conversation = conversation_open(report=report, user_ids=people, is_test=False)
            message_send(actor=other.user, conversation=conversation, body="Hello")
        with CaptureQueriesContext(connection) as queries:
            listed = owner.get(CHATS).json()
        assert len(listed) == count
        taken.append(len(queries))
    assert taken[0] == taken[1] <= 4, taken


def _image() -> Image:
    return Image.objects.create(
        source="pet", sha256="", original_format="JPEG", original_bytes=1, width=1, height=1, thumbnail="photos/x.jpg"
    )


@pytest.mark.parametrize("path", ["/api/auth/profile/", "/api/auth/dashboard/pets/"])
def test_c3_lists_of_pets_hold_no_vectors(owner: Actor, path: str) -> None:
    for number in range(3):
        pet_added(owner, name=f"Pet {number}")
    answer = owner.get(path)
    pets = answer.json() if isinstance(answer.json(), list) else answer.json()["pets"]
    assert [pet["features"] for pet in pets] == [[], [], []]
    assert len(answer.content) / len(pets) < 1000


def test_c4_overlapping_areas_are_one_alert_and_one_mail(
    owner: Actor, finder: Actor, work_off: Callable[[], int]
) -> None:
    for radius in (1, 5, 20):
        assert finder.post(ALERTS, AREA | {"radius_km": radius}).status_code == 201
    report_filed(owner, status="lost")
    work_off()
    assert Notification.objects.filter(recipient=finder.user).count() == 1
    assert OutgoingMail.objects.filter(to_email=finder.user.email).count() == 1


def test_c5_a_report_is_filed_whole_or_not_at_all(owner: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("the database went away: password=hunter2")

    before = names_stored()
    monkeypatch.setattr("animal.reports.services.task_enqueue", fails)
    owner.client.raise_request_exception = False
    answer = owner.multipart(REPORT, report_form(status="lost", image=photo()))
    assert answer.status_code == 500
    assert (Report.objects.count(), Image.objects.count(), Notification.objects.count()) == (0, 0, 0)
    assert names_stored() == before


def test_c5_a_message_is_sent_whole_or_not_at_all(
    owner: Actor, anonymous: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    report, before = report_filed(owner), names_stored()

    def fails(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("the database went away")

    monkeypatch.setattr("animal.chat.services.notification_create", fails)
    anonymous.client.raise_request_exception = False
    assert anonymous.multipart(CONTACT, contact_form(report["id"], image=photo())).status_code == 500
    assert (Conversation.objects.count(), Message.objects.count(), Image.objects.count()) == (0, 0, 0)
    assert names_stored() == before


def test_c6_what_an_index_must_know_is_queued_with_the_row(owner: Actor, settings: Any) -> None:
    """That whole batches go out and stale points go away is tested in animal/recognition/tests/test_sync_qdrant.py."""
    settings.QDRANT_CLUSTER_ENDPOINT = "http://qdrant.example"
    report = scene.lost(owner, scene.face(1))
    assert BackgroundTask.objects.filter(target=f"report:{report.pk}", state="pending").exists()


def test_c7_no_answer_quotes_an_exception(owner: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("password=hunter2 in /srv/secret.py")

    monkeypatch.setattr("animal.reports.services.task_enqueue", fails)
    owner.client.raise_request_exception = False
    answer = owner.multipart(REPORT, report_form())
    assert (answer.status_code, answer["Content-Type"]) == (500, "application/json")
    assert "hunter2" not in answer.content.decode()
    assert "Traceback" not in answer.content.decode()
    assert answer.json()["detail"]
