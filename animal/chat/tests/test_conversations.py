"""Listing, opening and starting conversations."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from animal.chat.models import Conversation, Message, MessageReceipt
from animal.chat.services import conversation_open
from animal.chat.tests.conftest import make_report
from animal.conftest import Actor
from animal.images.services import image_store
from animal.pets.models import Pet, PetPhoto
from animal.reports.models import Report

LIST = "/api/auth/chat/conversations/"
START = "/api/auth/chat/conversations/start/"
KEYS = {
    "id",
    "pet_location_id",
    "pet_name",
    "pet_image_url",
    "last_message_at",
    "last_message_preview",
    "unread_count",
    "created_at",
    "is_test",
}


def test_both_sides_see_the_conversation_and_nobody_else_does(
    owner: Actor, finder: Actor, stranger: Actor, conversation: Conversation
) -> None:
    for actor in (owner, finder):
        (item,) = actor.get(LIST).json()
        assert set(item) == KEYS
        assert (item["id"], item["pet_name"], item["unread_count"]) == (str(conversation.pk), "Milo", 0)
        assert (item["last_message_at"], item["last_message_preview"]) == (None, None)
        assert actor.get(f"{LIST}{conversation.pk}/").json() == item
    assert stranger.get(LIST).json() == []


def test_denied_and_missing_conversations_answer_alike(stranger: Actor, conversation: Conversation) -> None:
    for suffix in ("", "messages/"):
        denied = stranger.get(f"{LIST}{conversation.pk}/{suffix}")
        missing = stranger.get(f"{LIST}{uuid.uuid4()}/{suffix}")
        assert (denied.status_code, missing.status_code) == (404, 404)
        assert denied.json() == missing.json()
    assert stranger.multipart(f"{LIST}{conversation.pk}/messages/", {"body": "Hi"}).status_code == 404
    assert Message.objects.count() == 0


def test_a_conversation_id_that_is_no_uuid_is_not_found(owner: Actor) -> None:
    answer = owner.get(f"{LIST}nonsense/")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_somebody_without_an_account_sees_no_conversation(anonymous: Actor, conversation: Conversation) -> None:
    assert anonymous.get(LIST).status_code == 401
    assert anonymous.get(f"{LIST}{conversation.pk}/").status_code == 401


def test_the_conversation_written_in_last_comes_first_with_preview_and_unread_count(
    owner: Actor, finder: Actor, write: Callable[..., dict[str, Any]], thread: str, conversation: Conversation
) -> None:
    conversation_open(report=make_report(finder, side="found"), user_ids=[owner.user.pk, finder.user.pk], is_test=False)
    write(finder, "x" * 200)
    last = write(finder, "Is this yours?")
    first, second = owner.get(LIST).json()
    assert first["id"] == str(conversation.pk)
    assert (first["last_message_preview"], first["unread_count"]) == ("Is this yours?", 2)
    assert first["last_message_at"] == last["created_at"]
    assert (second["pet_name"], second["unread_count"]) == ("Milo", 0)
    assert finder.get(LIST).json()[0]["unread_count"] == 0
    owner.get(thread)
    assert owner.get(LIST).json()[0]["unread_count"] == 0


def test_the_preview_is_cut_at_120_characters_and_says_photo_when_there_is_no_text(
    owner: Actor, finder: Actor, write: Callable[..., dict[str, Any]], picture: Callable[..., Any]
) -> None:
    write(finder, "x" * 200)
    assert owner.get(LIST).json()[0]["last_message_preview"] == "x" * 120
    write(finder, attachments=picture())
    assert "Photo" in owner.get(LIST).json()[0]["last_message_preview"]


def test_an_unnamed_animal_is_called_by_what_it_is(owner: Actor, finder: Actor) -> None:
    report = make_report(finder, side="found", pet_name="N/A", species="dog")
    conversation_open(report=report, user_ids=[owner.user.pk, finder.user.pk], is_test=False)
    assert owner.get(LIST).json()[0]["pet_name"] == "Found dog"


def test_the_pets_first_photo_is_shown_and_the_reports_own_when_there_is_none_or_the_pet_is_deleted(
    owner: Actor, conversation: Conversation, report: Report, picture: Callable[..., Any]
) -> None:
    first, second, own = (image_store(upload=picture(), uploader=owner.user, source="pet") for _ in range(3))
    pet = Pet.objects.create(owner=owner.user, name="Milo the First", type="Cats", category="Domestic", breed="Siamese")
    Report.objects.filter(pk=report.pk).update(pet=pet, image=own)
    item = owner.get(LIST).json()[0]
    assert own.pk.hex in item["pet_image_url"], "a pet without photos"
    PetPhoto.objects.create(pet=pet, image=second, position=1)
    PetPhoto.objects.create(pet=pet, image=first, position=0)
    item = owner.get(LIST).json()[0]
    assert item["pet_name"] == "Milo the First"
    assert item["pet_image_url"].startswith("http")
    assert first.pk.hex in item["pet_image_url"].replace("-", "")
    Pet.objects.update(deleted_at=pet.registered_at)
    item = owner.get(LIST).json()[0]
    assert item["pet_name"] == "Milo"
    assert own.pk.hex in item["pet_image_url"].replace("-", "")


def test_a_list_of_30_conversations_takes_as_many_queries_as_one_of_1_and_at_most_4(
    owner: Actor, finder: Actor, picture: Callable[..., Any]
) -> None:
    image = image_store(upload=picture(), uploader=owner.user, source="pet")
    taken = []
    for number in range(30):
        pet = Pet.objects.create(owner=owner.user, name=f"Pet {number}", type="Cats", category="Domestic", breed="Any")
        PetPhoto.objects.create(pet=pet, image=image, position=0)
        report = make_report(owner, pet=pet)
        chat = conversation_open(report=report, user_ids=[owner.user.pk, finder.user.pk], is_test=False)
        finder.multipart(f"{LIST}{chat.pk}/messages/", {"body": "Hello"})
        if number in (0, 29):
            with CaptureQueriesContext(
                connection,
            ) as queries:
                listed = owner.get(LIST).json()
            taken.append(len(queries))
            assert [item["unread_count"] for item in listed] == [1] * (number + 1)
    assert taken[0] == taken[1] <= 4, taken


def test_starting_a_conversation_joins_me_and_the_reporter_and_a_second_start_returns_the_same(
    owner: Actor, finder: Actor, report: Report
) -> None:
    first = finder.post(START, {"pet_location_id": report.pk})
    assert (first.status_code, set(first.json())) == (200, KEYS)
    assert finder.post(START, {"pet_location_id": report.pk}).json()["id"] == first.json()["id"]
    assert [item["id"] for item in owner.get(LIST).json()] == [first.json()["id"]]
    assert Conversation.objects.count() == 1


def test_a_conversation_that_a_match_opened_is_the_one_that_start_returns(
    finder: Actor, report: Report, conversation: Conversation
) -> None:
    assert finder.post(START, {"pet_location_id": report.pk}).json()["id"] == str(conversation.pk)


def test_nobody_starts_a_conversation_about_ones_own_report(owner: Actor, report: Report) -> None:
    answer = owner.post(START, {"pet_location_id": report.pk})
    assert (answer.status_code, Conversation.objects.count()) == (400, 0)
    assert "own report" in answer.json()["detail"]


@pytest.mark.parametrize("wrong", ["abc", None, "", 1.5, -1, [1], 2**70, "NaN"])
def test_a_report_id_that_is_no_whole_number_is_refused(finder: Actor, report: Report, wrong: object) -> None:
    answer = finder.post(START, {"pet_location_id": wrong})
    assert answer.status_code == 400, answer.content
    assert answer.json()["errors"]["pet_location_id"]


@pytest.mark.parametrize("body", [{}, [], "text"])
def test_a_start_without_a_report_is_refused(finder: Actor, body: object) -> None:
    assert finder.post(START, body).status_code == 400


def test_a_missing_or_closed_report_starts_nothing_but_an_open_conversation_stays_reachable(
    finder: Actor, stranger: Actor, report: Report, conversation: Conversation
) -> None:
    assert stranger.post(START, {"pet_location_id": report.pk + 999}).status_code == 404
    Report.objects.filter(pk=report.pk).update(status="resolved")
    assert stranger.post(START, {"pet_location_id": report.pk}).status_code == 404
    assert finder.post(START, {"pet_location_id": report.pk}).json()["id"] == str(conversation.pk)
    assert Conversation.objects.count() == 1


def test_the_same_people_have_one_conversation_for_each_report(owner: Actor, finder: Actor, report: Report) -> None:
    members = [finder.user.pk, owner.user.pk]
    first = conversation_open(report=report, user_ids=members, is_test=False)
    assert conversation_open(report=report, user_ids=reversed(members), is_test=False) == first
    other = conversation_open(report=make_report(owner), user_ids=members, is_test=False)
    assert other != first
    assert MessageReceipt.objects.count() == 0
