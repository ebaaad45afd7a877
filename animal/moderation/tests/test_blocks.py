"""A block ends writing both ways, keeps the two apart, and leaves no trace to the one who is blocked."""

from __future__ import annotations

from typing import Any

import pytest

from animal.alerts.models import Notification
from animal.alerts.services import Area, alert_subscription_create
from animal.chat.models import Conversation, Message
from animal.chat.tests.conftest import make_report
from animal.conftest import Actor
from animal.core.models import OutgoingMail
from animal.matching.candidates import candidates_for_report
from animal.matching.models import PetMatch
from animal.matching.services import match_offer
from animal.matching.tests import scene
from animal.moderation.models import Block
from animal.moderation.tests.conftest import CHATS, bodies, say
from animal.reports.models import Report
from animal.reports.tasks import run_nearby_alerts

BLOCKS = "/api/v1/blocks/"
START = f"{CHATS}start/"
CONTACT = "/api/auth/pets/contact-owner/"


def block(actor: Actor, other: Actor) -> Any:
    return actor.put(f"{BLOCKS}{other.user.pk}/")


def without_ids(item: dict[str, Any]) -> dict[str, Any]:
    return {key: type(value).__name__ for key, value in item.items()}


def told() -> tuple[int, int]:
    return Notification.objects.count(), OutgoingMail.objects.count()


def test_a_block_is_made_listed_and_taken_back(owner: Actor, finder: Actor, conversation: Conversation) -> None:
    assert [block(owner, finder).status_code for _ in range(2)] == [204, 204]
    (item,) = owner.get(BLOCKS).json()["results"]
    assert (item["user_id"], item["name"]) == (finder.user.pk, ""), "who is silent has not said who they are"
    assert finder.get(BLOCKS).json()["results"] == []
    assert owner.delete(f"{BLOCKS}{finder.user.pk}/").status_code == 204
    assert owner.delete(f"{BLOCKS}{finder.user.pk}/").status_code == 404
    assert Block.objects.count() == 0


def test_only_people_whom_one_met_can_be_blocked(
    owner: Actor, stranger: Actor, anonymous: Actor, conversation: Conversation
) -> None:
    denied, missing = block(stranger, owner), stranger.put(f"{BLOCKS}999999/")
    assert (denied.status_code, denied.content) == (404, missing.content)
    assert block(owner, owner).status_code == 400
    assert anonymous.put(f"{BLOCKS}{owner.user.pk}/").status_code == anonymous.get(BLOCKS).status_code == 401
    assert Block.objects.count() == 0


def test_a_guest_whose_address_has_an_account_is_met_once_they_write_with_it(
    owner: Actor, finder: Actor, anonymous: Actor
) -> None:
    sent = {"message": "Hi", "contact_name": "F", "contact_email": "finder@example.org"}
    assert anonymous.multipart(CONTACT, {"pet_location_id": make_report(owner).pk, **sent}).status_code == 200
    (chat,) = owner.get(CHATS).json()
    say(owner, f"{CHATS}{chat['id']}/messages/", "Where is she?")
    complaint = {"kind": "user", "id": str(finder.user.pk), "reason": "spam"}
    assert block(owner, finder).status_code == 404, "or anybody could find out whose address has an account"
    assert owner.post("/api/v1/abuse-reports/", complaint).status_code == 404
    say(finder, f"{CHATS}{chat['id']}/messages/", "At the station.")
    assert block(owner, finder).status_code == 204
    assert owner.get(BLOCKS).json()["results"][0]["name"] == "Finder"


def test_what_a_blocked_person_writes_looks_sent_and_reaches_nobody(
    owner: Actor, finder: Actor, thread: str, conversation: Conversation
) -> None:
    say(owner, thread, "Hello")
    before_answer = say(finder, thread, "Before").json()
    bodies(owner, thread)
    seen_by_owner = owner.get(CHATS).json()
    block(owner, finder)
    before = told()
    answer = say(finder, thread, "After")
    assert (answer.status_code, without_ids(answer.json())) == (201, without_ids(before_answer))
    assert bodies(finder, thread) == ["Hello", "Before", "After"]
    (listed,) = finder.get(CHATS).json()
    assert (listed["last_message_preview"], listed["last_message_at"]) == ("After", answer.json()["created_at"])
    assert finder.get(f"{CHATS}{conversation.pk}/").json() == listed
    assert bodies(owner, thread) == ["Hello", "Before"]
    assert owner.get(CHATS).json() == seen_by_owner
    assert told() == before


def test_the_one_who_blocks_cannot_write_either_and_is_told_why(owner: Actor, finder: Actor, thread: str) -> None:
    block(owner, finder)
    answer = say(owner, thread, "Hello")
    assert (answer.status_code, answer.json()["code"]) == (409, "blocked")
    assert Message.objects.count() == 0


def test_after_unblocking_both_write_again_and_what_was_withheld_stays_unseen(
    owner: Actor, finder: Actor, thread: str
) -> None:
    block(owner, finder)
    say(finder, thread, "Withheld")
    owner.delete(f"{BLOCKS}{finder.user.pk}/")
    say(finder, thread, "Delivered")
    say(owner, thread, "Thank you")
    assert bodies(owner, thread) == ["Delivered", "Thank you"]
    assert bodies(finder, thread) == ["Withheld", "Delivered", "Thank you"]
    assert [actor.get(CHATS).json()[0]["last_message_preview"] for actor in (owner, finder)] == ["Thank you"] * 2


def test_a_blocked_person_who_opens_a_new_conversation_finds_it_and_the_other_does_not(
    owner: Actor, finder: Actor, stranger: Actor, conversation: Conversation
) -> None:
    block(owner, finder)
    other = make_report(owner, pet_name="Luna")
    normal, blocked = (actor.post(START, {"pet_location_id": other.pk}) for actor in (stranger, finder))
    assert (blocked.status_code, without_ids(blocked.json())) == (200, without_ids(normal.json()))
    thread = f"{CHATS}{blocked.json()['id']}/messages/"
    assert say(finder, thread, "Psst").status_code == 201
    assert blocked.json()["id"] not in [item["id"] for item in owner.get(CHATS).json()]
    assert owner.get(thread).status_code == 404
    owner.delete(f"{BLOCKS}{finder.user.pk}/")
    say(finder, thread, "Hello again")
    assert bodies(owner, thread) == ["Hello again"]


def test_contact_owner_reaches_nobody_signed_in_or_with_the_address_of_the_account(
    owner: Actor, finder: Actor, anonymous: Actor, report: Report, conversation: Conversation
) -> None:
    block(owner, finder)
    form = {"pet_location_id": report.pk, "message": "Psst", "contact_name": "F", "contact_email": "FINDER@example.org"}
    before, seen = told(), owner.get(CHATS).json()
    answers = [actor.multipart(CONTACT, form) for actor in (finder, anonymous)]
    assert [answer.json()["success"] for answer in answers] == [True, True]
    assert (told(), owner.get(CHATS).json()) == (before, seen)
    free = anonymous.multipart(CONTACT, form | {"contact_email": "somebody@else.example"})
    assert (free.content, len(owner.get(CHATS).json())) == (answers[1].content, len(seen) + 1)


def test_the_one_who_blocks_is_told_when_starting_a_conversation(
    owner: Actor, finder: Actor, conversation: Conversation
) -> None:
    block(owner, finder)
    theirs = make_report(finder, side="found")
    answer = owner.post(START, {"pet_location_id": theirs.pk})
    assert (answer.status_code, answer.json()["code"]) == (409, "blocked")
    form = {"pet_location_id": theirs.pk, "message": "Hi", "contact_name": "O", "contact_email": "owner@example.org"}
    assert owner.multipart(CONTACT, form).status_code == 409


@pytest.mark.parametrize("blocker", ["owner", "finder"])
def test_no_match_brings_the_two_together(
    blocker: str, owner: Actor, finder: Actor, conversation: Conversation
) -> None:
    face = scene.face(1)
    scene.lost(owner, face)
    found = scene.found(finder, face)
    (candidate,) = candidates_for_report(found)
    people = {"owner": owner, "finder": finder}
    block(people.pop(blocker), next(iter(people.values())))
    assert match_offer(candidate=candidate) is None
    Block.objects.all().delete()
    assert match_offer(candidate=candidate) is not None


def test_confirming_an_older_match_does_not_reach_the_one_who_blocks(
    owner: Actor, finder: Actor, conversation: Conversation
) -> None:
    face = scene.face(1)
    scene.lost(owner, face)
    (candidate,) = candidates_for_report(scene.found(finder, face))
    match = match_offer(candidate=candidate)
    assert match is not None
    block(finder, owner)
    before = told()
    assert owner.post(f"/api/v1/matches/{match.pk}/confirm/").json()["status"] == "confirmed"
    assert told() == before


def test_the_one_who_blocks_confirms_no_match_with_the_other(
    owner: Actor, finder: Actor, conversation: Conversation
) -> None:
    face = scene.face(1)
    scene.lost(owner, face)
    (candidate,) = candidates_for_report(scene.found(finder, face))
    match = match_offer(candidate=candidate)
    assert match is not None
    block(owner, finder)
    assert owner.post(f"/api/v1/matches/{match.pk}/confirm/").status_code == 409
    assert PetMatch.objects.get().status == "pending"


@pytest.mark.parametrize("blocker", ["owner", "finder"])
def test_no_alert_tells_one_of_the_two_about_the_other(
    blocker: str, owner: Actor, finder: Actor, stranger: Actor, conversation: Conversation
) -> None:
    area = Area(center_lat=28.61, center_lon=77.2)
    for watcher in (owner, stranger):
        alert_subscription_create(actor=watcher.user, area=area)
    people = {"owner": owner, "finder": finder}
    block(people.pop(blocker), next(iter(people.values())))
    run_nearby_alerts(make_report(finder, side="found").pk)
    alerts = Notification.objects.filter(verb="nearby_alert")
    assert list(alerts.values_list("recipient_id", flat=True)) == [stranger.user.pk]


@pytest.mark.parametrize("address", ["finder@example.org", "finder+x@example.org", "Finder+y+z@Example.org"])
def test_a_blocked_person_is_no_guest_under_another_spelling(
    owner: Actor, finder: Actor, anonymous: Actor, address: str
) -> None:
    report = make_report(owner)
    Block.objects.create(blocker=owner.user, blocked=finder.user)
    sent = {"pet_location_id": report.pk, "message": "Hi", "contact_name": "F", "contact_email": address}
    assert anonymous.multipart(CONTACT, sent).status_code == 200
    assert owner.get(CHATS).json() == []
    assert not OutgoingMail.objects.exists()
