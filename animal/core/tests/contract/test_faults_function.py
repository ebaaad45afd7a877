"""Faults B1 to B21 of the older service (contract, section 10): each must not come back. (B22 was dead code.)"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from animal.alerts.models import Notification
from animal.chat.models import Conversation
from animal.conftest import Actor, make_actor
from animal.core.models import OutgoingMail
from animal.core.tests.contract.client import (
    ADD,
    ALERTS,
    AREA,
    CHATS,
    CONTACT,
    MAP,
    REPORT,
    contact_form,
    conversation_with,
    pet_added,
    pet_form,
    photo,
    report_filed,
    report_form,
)
from animal.images.models import Image
from animal.matching.candidates import candidates_for_report
from animal.matching.models import PetMatch
from animal.matching.services import match_offer
from animal.matching.tests import scene
from animal.pets.models import Pet
from animal.pets.purge import purge_step
from animal.pets.tests import embedders
from animal.recognition.models import GalleryEntry, PhotoEmbedding
from animal.reports.models import Report


def matches_of(found: Report) -> list[PetMatch]:
    return [match for match in map(_offered, candidates_for_report(found)) if match is not None]


def _offered(candidate: Any) -> PetMatch | None:
    return match_offer(candidate=candidate)


def test_b1_editing_the_clients_way_keeps_id_tag_reports_and_matches(owner: Actor, finder: Actor) -> None:
    pet = pet_added(owner)
    report = report_filed(owner, status="lost", pet_id=pet["id"])
    found = report_filed(finder)
    PetMatch.objects.create(
        pair_key="x",
        lost_pet_id=pet["id"],
        found_report_id=found["id"],
        owner=owner.user,
        finder=finder.user,
        similarity=0.9,
        cosine=0.9,
    )
    assert owner.delete(f"/api/auth/pets/{pet['id']}/delete/").status_code == 204
    edited = pet_added(owner, name="Milo II", images=None, existing_images=json.dumps(pet["images"]))
    assert (edited["id"], edited["animal_id"], edited["name"]) == (pet["id"], pet["animal_id"], "Milo II")
    assert Report.objects.get(pk=report["id"]).pet_id == pet["id"]
    assert len(owner.get("/api/v1/matches/").json()["results"]) == 1


def test_b2_a_match_connects_both_owner_and_finder(owner: Actor, finder: Actor) -> None:
    face = scene.face(1)
    scene.lost(owner, face)
    assert len(matches_of(scene.found(finder, face))) == 1
    for actor in (owner, finder):
        (chat,) = actor.get(CHATS).json()
        assert actor.get(f"{CHATS}{chat['id']}/messages/").status_code == 200
        assert Notification.objects.filter(recipient=actor.user, verb="auto_match").count() == 1
        assert OutgoingMail.objects.filter(to_email=actor.user.email).count() == 1


def test_b3_a_second_owner_gets_a_conversation_that_opens(owner: Actor, finder: Actor, stranger: Actor) -> None:
    face = scene.face(1)
    scene.lost(owner, face)
    scene.lost(stranger, face)
    assert len(matches_of(scene.found(finder, face))) == 2
    for actor in (owner, stranger):
        link = Notification.objects.get(recipient=actor.user, verb="auto_match").link
        assert actor.get(f"{CHATS}{link.removeprefix('/chat/')}/").status_code == 200
    assert len(finder.get(CHATS).json()) == 2


def test_b4_an_animal_matches_once_and_never_its_own_finder(owner: Actor, finder: Actor) -> None:
    face = scene.face(1)
    pet = scene.pet(owner, face, lost_at=scene.HOME)
    scene.lost(owner, face, pet=pet)
    assert len(matches_of(scene.found(finder, face))) == 1
    assert (PetMatch.objects.count(), Conversation.objects.count()) == (1, 1)
    own = scene.found(owner, face)
    GalleryEntry.objects.update(owner_id=0)  # The index is a copy, which may be old: the database decides.
    assert matches_of(own) == []


def test_b5_other_species_far_away_and_test_data_do_not_match(owner: Actor, finder: Actor) -> None:
    face = scene.face(1)
    tester = make_actor("tester", is_test=True)
    scene.lost(owner, face, species="dog")
    scene.lost(owner, face, at=scene.place(80))
    scene.lost(tester, face)
    found = scene.found(finder, face)
    # The index filters by all of these, but is a copy, which may be old: the database decides.
    latitude, longitude = scene.HOME
    GalleryEntry.objects.update(species="cat", is_test=False, latitude=latitude, longitude=longitude)
    assert matches_of(found) == []
    scene.lost(owner, face)
    assert len(matches_of(found)) == 1


def test_b6_neighbours_are_alerted_without_a_photo_and_without_recognition(
    owner: Actor, finder: Actor, work_off: Callable[[], int], settings: Any
) -> None:
    settings.EMBEDDING_PROVIDER = embedders.DOWN
    finder.post(ALERTS, AREA)
    report_filed(owner, status="lost")
    report_filed(owner, status="found", image=photo())
    work_off()
    assert Notification.objects.filter(recipient=finder.user, verb="nearby_alert").count() == 2


def test_b7_every_report_says_what_animal_it_is_about(owner: Actor, stranger: Actor) -> None:
    report_filed(owner)
    (seen,) = stranger.get(MAP).json()
    assert {key: seen[key] for key in ("animal_name", "pet_name", "type", "breed", "category", "pet")} == {
        "animal_name": "N/A",
        "pet_name": "N/A",
        "type": "Cats",
        "breed": "Tabby",
        "category": "Domestic",
        "pet": None,
    }


def test_b8_a_resolved_report_matches_nobody_any_more(owner: Actor, finder: Actor) -> None:
    face = scene.face(1)
    lost = scene.lost(owner, face)
    found = scene.found(finder, face)
    assert owner.post(f"{MAP}{lost.pk}/status/", {"status": "resolved"}).status_code == 200
    assert not GalleryEntry.objects.filter(kind="report", object_id=lost.pk, is_live=True).exists()
    assert matches_of(found) == []


def test_b9_messages_that_arrived_before_ones_own_are_delivered_all_the_same(owner: Actor, finder: Actor) -> None:
    thread = conversation_with(finder, report_filed(owner))
    owner.multipart(thread, {"body": "arrived meanwhile"})
    cursor = finder.multipart(thread, {"body": "mine"}).json()["created_at"]
    polled = finder.get(f"{thread}?after={cursor}").json()["messages"]
    assert [message["body"] for message in polled] == ["arrived meanwhile"]
    assert finder.get(f"{thread}?after={cursor}").json()["messages"] == []


def test_b10_the_contact_form_writes_into_one_thread_that_a_signed_in_sender_finds(owner: Actor, finder: Actor) -> None:
    report = report_filed(owner)
    for text in ("First", "Second"):
        assert finder.multipart(CONTACT, contact_form(report["id"], message=text)).status_code == 200
    (chat,) = finder.get(CHATS).json()
    messages = owner.get(f"{CHATS}{chat['id']}/messages/").json()["messages"]
    assert [(message["body"], message["sender_id"]) for message in messages] == [
        ("First", finder.user.pk),
        ("Second", finder.user.pk),
    ]


def test_b11_what_the_caller_did_wrong_is_a_4xx(owner: Actor, finder: Actor) -> None:
    thread = conversation_with(finder, report_filed(owner))
    answers = {
        "json to add": owner.post(ADD, {"name": "Milo"}),
        "words for an id": owner.post(f"{CHATS}start/", {"pet_location_id": "abc"}),
        "a bad cursor": owner.get(f"{thread}?after=yesterday"),
        "no number": owner.multipart(REPORT, report_form(latitude="NaN")),
        "a long phone": owner.multipart(REPORT, report_form(contact_phone="5" * 500)),
        "a long name": owner.multipart(REPORT, report_form(animal_name="x" * 500)),
    }
    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(answers, 400)
    pet_added(owner)
    pet_added(owner)
    assert report_filed(owner, status="lost", animal_name="Milo")["pet"] is None, "two pets of that name are no error"


@pytest.mark.parametrize(("field", "value"), [("latitude", "999"), ("longitude", "-181"), ("latitude", "inf")])
def test_b12_no_report_lies_off_the_earth(owner: Actor, field: str, value: str) -> None:
    assert owner.multipart(REPORT, report_form(**{field: value})).status_code == 400
    assert Report.objects.count() == 0


@pytest.mark.parametrize(
    "change", [{"center_lat": 999}, {"radius_km": 1e9}, {"radius_km": 0}, {"status_filter": "anything"}]
)
def test_b12_no_area_is_off_the_earth_or_endless(owner: Actor, change: dict[str, Any]) -> None:
    assert owner.post(ALERTS, AREA | change).status_code == 400


def test_b13_a_report_makes_no_pet_without_photos_and_nothing_stays_pending_for_ever(
    owner: Actor, work_off: Callable[[], int]
) -> None:
    bare = report_filed(owner, status="lost", animal_name="Milo", register_pet="true")
    assert (Pet.objects.count(), bare["feature_status"]) == (0, "completed")
    shown = report_filed(owner, status="lost", animal_name="Milo", register_pet="true", image=photo())
    assert Pet.objects.get().photos.count() == 1
    work_off()
    report = Report.objects.get(pk=shown["id"])
    assert (report.feature_status, bool(report.feature_error)) == ("failed", True), "the photo shows no animal"
    assert owner.post(f"/api/v1/reports/{report.pk}/retry-features/").status_code == 200


@pytest.mark.parametrize("name", ["Zoë", "Mr. Whiskers", "狗狗", "Кот", "O’Malley (Jr.)"])
def test_b14_names_of_any_script_and_the_offered_breeds_are_accepted(owner: Actor, name: str) -> None:
    pet = pet_added(owner, name=name, breed="Dwarf Campbell’s")
    assert (pet["name"], pet["breed"]) == (name, "Dwarf Campbell’s")


def test_b15_an_edit_of_three_megabytes_is_saved_and_the_list_stays_small(owner: Actor) -> None:
    url = "/api/auth/edited-pet-images/"
    state = {"filters": None, "objects": {"background": "#fff", "objects": [{"src": "x" * 3_000_000}]}}
    answer = owner.multipart(url, {"edited_image": photo(), "edit_metadata": json.dumps(state)})
    assert answer.status_code == 201, answer.content[:200]
    listing = owner.get(url)
    assert (len(listing.content) < 2000, listing.json()[0]["edit_metadata"]["objects"]["background"]) == (True, "#fff")


def test_b16_tags_and_mailed_links_lead_to_this_site(
    owner: Actor, settings: Any, work_off: Any, mailoutbox: Any
) -> None:
    settings.SITE_URL = "https://pets.example"
    pet = owner.get(f"/api/v1/pets/{pet_added(owner)['id']}/").json()
    assert pet["tag_url"] == f"https://pets.example/found/{pet['animal_id']}"
    owner.post("/api/auth/magic/request/", {"email": "owner@example.org"})
    work_off()
    assert any("https://pets.example/auth/magic?token=" in mail.body for mail in mailoutbox)


def test_b17_without_the_model_nothing_is_invented(owner: Actor, work_off: Callable[[], int], settings: Any) -> None:
    settings.EMBEDDING_PROVIDER = embedders.DOWN
    report = report_filed(owner, image=photo())
    work_off()
    assert Report.objects.get(pk=report["id"]).feature_status == "pending"
    assert (PhotoEmbedding.objects.count(), GalleryEntry.objects.count()) == (0, 0)


def test_b18_an_edit_by_form_with_a_photo_works(owner: Actor) -> None:
    pet = pet_added(owner)
    path = f"/api/auth/pets/{pet['id']}/edit/"
    answer = owner.client.put(path, {"name": "Rex", "image": photo((1, 2, 3))}, format="multipart")
    assert (answer.status_code, answer.json()["name"], len(answer.json()["images"])) == (200, "Rex", 2)


def test_b19_a_deleted_pet_takes_its_files_along_after_a_day(
    owner: Actor, django_capture_on_commit_callbacks: Any
) -> None:
    pet = pet_added(owner)
    name = str(Image.objects.get().master)
    owner.delete(f"/api/auth/pets/{pet['id']}/delete/")
    long_ago = timezone.now() - timedelta(hours=25)
    Pet.objects.update(deleted_at=long_ago)
    Image.objects.update(created_at=long_ago)
    assert default_storage.exists(name)
    with django_capture_on_commit_callbacks(execute=True):
        purge_step()
    assert (Pet.objects.count(), default_storage.exists(name)) == (0, False)


def test_b20_a_reopened_report_is_not_resolved_any_more(owner: Actor) -> None:
    path = f"{MAP}{report_filed(owner)['id']}/status/"
    assert owner.post(path, {"status": "resolved"}).json()["resolved_at"]
    assert owner.post(path, {"status": "found"}).json()["resolved_at"] is None


def test_b21_a_match_is_confirmed_or_dismissed_and_the_limit_of_areas_is_said_in_detail(
    owner: Actor, finder: Actor
) -> None:
    for seed, verdict in ((1, "confirm"), (2, "dismiss")):
        scene.lost(owner, scene.face(seed))
        (match,) = matches_of(scene.found(finder, scene.face(seed)))
        assert owner.post(f"/api/v1/matches/{match.pk}/{verdict}/").json()["status"] == f"{verdict}ed"
    for _ in range(10):
        assert owner.post(ALERTS, AREA).status_code == 201
    answer = owner.post(ALERTS, AREA)
    assert (answer.status_code, "10" in answer.json()["detail"]) == (400, True)


def test_b22_every_route_of_the_contract_is_served(owner: Actor) -> None:
    """None of its 404s is that of an unknown path: each verb is known, or refused as a verb."""
    for path in [
        "signup/",
        "login/",
        "logout/",
        "google/",
        "magic/request/",
        "magic/consume/",
        "profile/",
        "users/count/",
        "pets/count/",
        "dashboard/pets/",
        "found/ANI1/",
        "pets/add/",
        "pets/1/delete/",
        "pets/search/",
        "pets/1/qr/",
        "pets/report/",
        "pets/locations/",
        "pets/lost/locations/",
        "pets/found/locations/",
        "user/pet-locations/",
        "pets/locations/1/status/",
        "pets/contact-owner/",
        "chat/conversations/",
        "chat/conversations/start/",
        "alerts/",
        "alerts/1/",
        "notifications/",
        "notifications/1/read/",
        "notifications/read-all/",
        "edited-pet-images/",
        "edited-pet-images/1/",
        "email/forward-reply/",
        "verify-email/",
        "resend-verification/",
        "forgot-password/",
        "reset-password/",
        "pets/1/edit/",
        "pets/1/feature-status/",
        "pets/1/retry-features/",
        "api/auth/conversations/share-info/",
        "share-contact/00000000-0000-4000-8000-000000000000/owner/yes/",
    ]:
        assert owner.client.generic("TRACE", f"/api/auth/{path}").status_code == 405, path
    for path in ("/api/token/", "/api/token/refresh/", "/api/lost_pets/"):
        assert owner.client.generic("TRACE", path).status_code == 405, path


def test_b13_a_pets_photo_can_be_read_again_after_a_failure(owner: Actor, work_off: Callable[[], int]) -> None:
    pet = pet_added(owner, **pet_form())
    work_off()
    path = f"/api/auth/pets/{pet['id']}"
    assert owner.get(f"{path}/feature-status/").json()["feature_status"] == "failed"
    assert owner.post(f"{path}/retry-features/").status_code == 200
    assert owner.get(f"{path}/feature-status/").json()["feature_status"] == "pending"
