"""Answers that the API description once left out."""

from __future__ import annotations

from typing import Any

from animal.chat.models import Conversation
from animal.chat.tests.conftest import make_report
from animal.conftest import Actor
from animal.core.tests.described import assert_described
from animal.moderation.models import Block
from animal.reports.models import Report

START = "/api/auth/chat/conversations/start/"
THREAD = "/api/auth/chat/conversations/{conversation_id}/messages/"


def start(actor: Actor, report_id: int) -> Any:
    answer = actor.post(START, {"pet_location_id": report_id})
    assert_described(f"POST {START}", answer)
    return answer


def test_a_start_about_a_report_that_is_not_there_is_as_described(finder: Actor) -> None:
    assert start(finder, 2**63 - 1).status_code == 404


def test_a_start_before_the_address_is_proven_is_as_described(unverified: Actor, report: Report) -> None:
    assert start(unverified, report.pk).status_code == 403


def test_a_start_with_somebody_whom_one_blocks_is_as_described(owner: Actor, finder: Actor) -> None:
    Block.objects.create(blocker=finder.user, blocked=owner.user)
    assert start(finder, make_report(owner).pk).status_code == 409


def test_a_cursor_that_is_no_instant_is_refused_as_described(
    owner: Actor, conversation: Conversation, thread: str
) -> None:
    answer = owner.get(thread, data={"after": "yesterday"})
    assert answer.status_code == 400
    assert_described(f"GET {THREAD}", answer)


def test_contacting_an_owner_before_the_address_is_proven_is_answered_as_described(
    unverified: Actor, report: Report
) -> None:
    form = {"pet_location_id": report.pk, "message": "Hello", "contact_name": "A", "contact_email": "a@example.org"}
    answer = unverified.multipart("/api/auth/pets/contact-owner/", form)
    assert answer.status_code == 200
    assert_described("POST /api/auth/pets/contact-owner/", answer)


def test_a_form_of_too_many_parts_is_refused_as_described(anonymous: Actor) -> None:
    answer = anonymous.multipart("/api/auth/pets/contact-owner/", {f"field{number}": "x" for number in range(2000)})
    assert answer.status_code == 400
    assert_described("POST /api/auth/pets/contact-owner/", answer)
