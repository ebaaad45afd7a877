"""Found by its tag: no account needed, the owner is told at once, and the finder comes back by a signed link."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core import signing
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from animal.alerts.models import Notification
from animal.chat.models import Conversation, Message
from animal.chat.tag_reports import NOBODYS_DOMAIN, SALT, follow_up_token
from animal.conftest import Actor
from animal.core.models import BackgroundTask, OutgoingMail
from animal.images.models import Image
from animal.moderation.models import Block
from animal.pets.models import Pet
from animal.reports.models import Report
from animal.web.tests.steps import browser_of

PLACE = {"latitude": 48.137154, "longitude": 11.576124}
WORDS = "A grey cat with this tag sits on our balcony."


@pytest.fixture
def pet(owner: Actor, picture: Any) -> Pet:
    form = {"name": "Milo", "category": "Domestic", "type": "Cats", "breed": "Tabby", "isPublic": "false"}
    assert owner.multipart("/api/auth/pets/add/", {**form, "images": picture()}).status_code == 201
    return Pet.objects.get()


def scan(actor: Actor, pet: Pet, **changes: Any) -> Any:
    form = {**PLACE, "message": WORDS, **changes}
    return actor.client.post(f"/api/v1/found/{pet.animal_id}/report/", form, format="multipart")


def follow(token: str, **words: Any) -> Any:
    path = f"/api/v1/follow-up/{token}/"
    return APIClient().post(path, words, format="multipart") if words else APIClient().get(path)


def thread_of(actor: Actor) -> str:
    (conversation,) = actor.get("/api/auth/chat/conversations/").json()
    return f"/api/auth/chat/conversations/{conversation['id']}/messages/"


def test_the_owner_is_told_at_once_with_the_exact_place_and_nobody_else_is(
    owner: Actor, stranger: Actor, anonymous: Actor, pet: Pet, picture: Any
) -> None:
    answer = scan(anonymous, pet, photos=[picture()], contact_email="greta@example.net", contact_name="Greta")
    assert answer.status_code == 201, answer.content
    (told,) = owner.get("/api/auth/notifications/").json()["notifications"]
    assert (told["verb"], told["target_id"]) == ("tag_scanned", pet.pk)
    mail = OutgoingMail.objects.get()
    assert (mail.to_email, mail.subject) == ("owner@example.org", "Somebody says where Milo is")
    (message,) = owner.get(thread_of(owner)).json()["messages"]
    assert WORDS in message["body"]
    assert "48.137154, 11.576124" in message["body"]
    report = answer.json()["report_id"]
    seen = owner.get(f"/api/v1/reports/{report}/").json()
    assert (seen["latitude"], seen["longitude"], len(seen["photos"])) == (*PLACE.values(), 1)
    assert stranger.get(f"/api/v1/reports/{report}/").status_code == 404
    assert stranger.get("/api/auth/pets/locations/").json() == []
    for text in (str(seen), str(message), str(told), mail.text):
        assert "greta" not in text.lower()


def test_the_finder_reads_the_answer_and_goes_on_talking_by_the_signed_link(
    owner: Actor, anonymous: Actor, pet: Pet, picture: Any
) -> None:
    token = scan(anonymous, pet).json()["follow_up_token"]
    owner.multipart(thread_of(owner), {"body": "That is him!", "attachments": picture()})
    said = follow(token).json()
    assert said["pet_name"] == "Milo"
    assert [message["by_me"] for message in said["messages"]] == [True, False]
    assert (said["messages"][1]["body"], len(said["messages"][1]["photos"])) == ("That is him!", 1)
    assert "Owner" not in str(said)
    assert follow(token, body="Come by", photos=[picture()]).status_code == 201
    newest = owner.get(thread_of(owner)).json()["messages"][-1]
    assert (newest["body"], newest["sender_id"], len(newest["attachments"])) == ("Come by", None, 1)
    assert follow(token, body="  ").status_code == 400


def test_a_link_is_good_for_its_own_conversation_only_and_cannot_be_made(
    owner: Actor, finder: Actor, anonymous: Actor, pet: Pet
) -> None:
    token = scan(anonymous, pet).json()["follow_up_token"]
    conversation = Conversation.objects.get()
    with_account = scan(finder, pet).json()["conversation_id"]
    forged = [
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        conversation.pk.hex,
        signing.dumps(conversation.pk.hex, salt="another"),
        signing.dumps("no id", salt=SALT),
        follow_up_token(Conversation.objects.get(pk=with_account)),
        "x" * 500,
    ]
    answers = [follow(each) for each in forged]
    assert {(answer.status_code, answer.content) for answer in answers} == {(404, answers[0].content)}


def test_a_link_grows_old(anonymous: Actor, pet: Pet, monkeypatch: pytest.MonkeyPatch) -> None:
    token = scan(anonymous, pet).json()["follow_up_token"]
    from datetime import timedelta

    monkeypatch.setattr("animal.chat.tag_reports.FOLLOW_UP_LIFETIME", timedelta(seconds=-1))
    assert follow(token).status_code == 404


def test_a_finder_who_gave_an_address_is_written_to_when_the_owner_answers(
    owner: Actor, anonymous: Actor, pet: Pet, work_off: Callable[[], int], mailoutbox: Any
) -> None:
    anonymous.client.credentials(HTTP_ACCEPT_LANGUAGE="fr-CH, en;q=0.5")
    scan(anonymous, pet, contact_email="greta@example.net")
    work_off()
    assert [mail.to for mail in mailoutbox] == [["owner@example.org"]]
    assert "Somebody" in mailoutbox[0].subject, "the owner has no language of hers"
    owner.multipart(thread_of(owner), {"body": "That is him!"})
    work_off()
    assert mailoutbox[-1].to == ["greta@example.net"]
    assert "a répondu" in mailoutbox[-1].subject, "in the language of the page on which they wrote"
    assert "That is him" not in mailoutbox[-1].body
    assert not any(NOBODYS_DOMAIN in str(mail.to) for mail in mailoutbox)


def test_a_finder_with_an_account_finds_the_conversation_among_their_own(
    owner: Actor, finder: Actor, stranger: Actor, pet: Pet
) -> None:
    answer = scan(finder, pet).json()
    assert (answer["follow_up"], answer["follow_up_token"]) == ("", "")
    (conversation,) = finder.get("/api/auth/chat/conversations/").json()
    assert conversation["id"] == answer["conversation_id"]
    assert owner.get(f"/api/v1/reports/{answer['report_id']}/").json()["latitude"] == PLACE["latitude"]
    seen = stranger.get(f"/api/v1/reports/{answer['report_id']}/").json()
    assert seen["latitude"] != PLACE["latitude"]
    assert "Milo" not in str(seen), "the pet is private"
    assert WORDS not in str(seen)


def test_a_place_in_words_is_enough_and_is_on_no_map(
    owner: Actor, finder: Actor, stranger: Actor, anonymous: Actor, pet: Pet, picture: Any
) -> None:
    words = {"message": WORDS, "place": "In front of the bakery, Hauptstrasse 5"}
    path = f"/api/v1/found/{pet.animal_id}/report/"
    filed = [actor.client.post(path, words, format="multipart").json() for actor in (anonymous, finder)]
    form = {**words, "latitude": "", "longitude": ""}
    for browser, leads_to in ((Client(), "/follow-up/"), (browser_of(finder), "/chat/")):
        page = browser.post(f"/found/{pet.animal_id}/report", form, follow=True)
        ((path_back, _),) = page.redirect_chain
        assert (path_back.startswith(leads_to), page.status_code) == (True, 200)
        assert words["place"] in page.content.decode(), "a page to come back to"
    assert f'href="{path_back}"' in browser_of(finder).get("/chat").content.decode()
    assert [bool(answer["follow_up"]) for answer in filed] == [True, False]
    assert Notification.objects.filter(recipient=owner.user, verb="tag_scanned").count() == 4
    talks = owner.get("/api/auth/chat/conversations/").json()
    for talk in talks:
        (message,) = owner.get(f"/api/auth/chat/conversations/{talk['id']}/messages/").json()["messages"]
        assert message["body"].endswith("Place: In front of the bakery, Hauptstrasse 5")
    report = filed[1]["report_id"]
    assert owner.get(f"/api/v1/reports/{report}/").json()["latitude"] is None
    assert "Others see it moved" not in browser_of(owner).get(f"/reports/{report}").content.decode()
    talks = finder.get("/api/auth/chat/conversations/").json()
    assert {talk["id"] for talk in talks} >= {filed[1]["conversation_id"]}
    for actor in (finder, stranger):
        assert actor.get(f"/api/v1/reports/{report}/").status_code == 404
        assert actor.get("/api/auth/pets/locations/").json() == []
    assert not BackgroundTask.objects.filter(name__endswith="run_nearby_alerts").exists()
    closed = browser_of(owner).post(f"/reports/{report}/status", {"status": "resolved"})
    assert (closed.status_code, Report.objects.get(pk=report).status) == (302, "resolved")

    nowhere = anonymous.client.post(path, {"message": WORDS, "place": " "}, format="multipart")
    assert nowhere.json()["errors"] == {"place": ["Please say where: by a pin, by two numbers, or in words."]}
    half = anonymous.client.post(path, {**words, "latitude": 48.1}, format="multipart")
    assert half.json()["errors"].keys() == {"longitude"}


def test_an_unproven_account_finds_as_somebody_without_one(unverified: Actor, owner: Actor, pet: Pet) -> None:
    answer = scan(unverified, pet).json()
    assert answer["follow_up_token"]
    assert Report.objects.get().reporter != unverified.user
    assert len(owner.get("/api/auth/chat/conversations/").json()) == 1


@pytest.mark.parametrize("header", ["Bearer null", "Bearer nonsense"])
def test_a_stale_bearer_is_no_matter(anonymous: Actor, pet: Pet, header: str) -> None:
    anonymous.client.credentials(HTTP_AUTHORIZATION=header)
    assert scan(anonymous, pet).status_code == 201


def test_unknown_tags_deleted_pets_and_old_tags_are_alike(owner: Actor, anonymous: Actor, pet: Pet) -> None:
    unknown = anonymous.client.post("/api/v1/found/ANI0000000000000000/report/", PLACE | {"message": "x"})
    old = Pet.objects.get()
    owner.post(f"/api/v1/pets/{pet.pk}/rotate-tag/")
    rotated = scan(anonymous, old)
    owner.delete(f"/api/auth/pets/{pet.pk}/delete/")
    deleted = scan(anonymous, Pet.objects.get())
    assert {(answer.status_code, answer.content) for answer in (unknown, rotated, deleted)} == {(404, unknown.content)}
    assert Report.objects.count() == 0


def test_ones_own_pet_is_not_found_by_oneself(owner: Actor, pet: Pet) -> None:
    assert scan(owner, pet).json()["code"] == "own"


def test_somebody_whom_the_owner_blocks_is_answered_as_ever_and_the_owner_hears_nothing(
    owner: Actor, finder: Actor, stranger: Actor, pet: Pet
) -> None:
    Block.objects.create(blocker=owner.user, blocked=finder.user)
    answers = [scan(actor, pet) for actor in (finder, stranger)]
    assert {(answer.status_code, *answer.json()) for answer in answers} == {(201, *answers[0].json())}
    assert Notification.objects.filter(recipient=owner.user).count() == 1
    assert len(owner.get("/api/auth/chat/conversations/").json()) == 1
    assert OutgoingMail.objects.count() == 1


@pytest.mark.parametrize(
    "change",
    [{"latitude": 91}, {"longitude": "x"}, {"message": ""}, {"message": "x" * 4000}, {"contact_email": "no"}],
)
def test_what_cannot_be_used_is_refused_and_leaves_nothing(anonymous: Actor, pet: Pet, change: dict[str, Any]) -> None:
    assert scan(anonymous, pet, **change).status_code == 400
    assert (Report.objects.count(), Conversation.objects.count(), User.objects.count()) == (0, 0, 1)


def test_a_file_that_is_no_picture_leaves_nothing_either(anonymous: Actor, pet: Pet) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    junk = SimpleUploadedFile("photo.jpg", b"<html>", content_type="image/jpeg")
    before = Image.objects.count()
    assert scan(anonymous, pet, photos=[junk]).status_code == 400
    assert (Report.objects.count(), User.objects.count(), Image.objects.count()) == (0, 1, before)


def test_it_is_throttled_for_each_client_address(anonymous: Actor, pet: Pet) -> None:
    answers = [scan(anonymous, pet, message=f"Note {number}") for number in range(11)]
    assert [answer.status_code for answer in answers] == [201] * 10 + [429]
    assert "Retry-After" in answers[-1]


def test_a_retried_scan_files_nothing_twice(anonymous: Actor, pet: Pet) -> None:
    form = {**PLACE, "message": WORDS}
    path = f"/api/v1/found/{pet.animal_id}/report/"
    first, second = (
        anonymous.client.post(path, form, format="json", headers={"Idempotency-Key": "scan-1"}) for _ in range(2)
    )
    assert (second["Idempotent-Replayed"], first.json()) == ("true", second.json())
    assert (Report.objects.count(), Message.objects.count()) == (1, 1)


def test_the_owner_closes_the_case_and_the_finder_sees_that(owner: Actor, anonymous: Actor, pet: Pet) -> None:
    answer = scan(anonymous, pet).json()
    path = f"/api/auth/pets/locations/{answer['report_id']}/status/"
    assert owner.post(path, {"status": "resolved"}).status_code == 200
    assert follow(answer["follow_up_token"]).json()["is_resolved"] is True
    assert owner.client.patch(f"/api/v1/reports/{answer['report_id']}/", {"description": "x"}).status_code == 404


def test_owners_choose_whether_they_are_mailed_about_scans(owner: Actor, anonymous: Actor, pet: Pet) -> None:
    owner.client.patch("/api/v1/notifications/choices/", {"tag": {"mail": False}}, format="json")
    scan(anonymous, pet)
    assert OutgoingMail.objects.count() == 0
    assert owner.get("/api/auth/notifications/").json()["unread_count"] == 1


def test_the_pages_do_it_without_an_account_and_without_javascript(owner: Actor, pet: Pet, picture: Any) -> None:
    browser = Client()
    page = browser.get(f"/found/{pet.animal_id}").content.decode()
    assert f'action="/found/{pet.animal_id}/report"' in page
    bad = browser.post(f"/found/{pet.animal_id}/report", {"message": "<b>x</b>", "latitude": "91", "longitude": "1"})
    assert (bad.status_code, "<b>x</b>" in bad.content.decode()) == (400, False)
    done = browser.post(
        f"/found/{pet.animal_id}/report", {**PLACE, "message": "<b>Here</b>", "photos": [picture()]}, follow=True
    )
    shown = done.content.decode()
    assert done.status_code == 200
    assert "&lt;b&gt;Here" in shown
    assert "/follow-up/" in done.redirect_chain[-1][0]
    link = done.redirect_chain[-1][0]
    owner.multipart(thread_of(owner), {"body": "Thank you!"})
    assert "Thank you!" in browser.get(link).content.decode()
    assert browser.post(link, {"body": "Gladly"}).status_code == 302
    assert browser.post(link, {"body": ""}).status_code == 400
    assert browser.get("/follow-up/nonsense").status_code == 404
    assert owner.get(thread_of(owner)).json()["messages"][-1]["body"] == "Gladly"
