"""An address that is not proven: what its account files is kept, and goes out when the address is proven."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import OneTimeToken, User
from accounts.services import (
    address_prove,
    one_time_token_create,
    session_start,
    user_deactivate,
    user_reactivate,
)
from accounts.tokens import access_token
from animal.chat.models import Conversation, Message
from animal.core.models import OutgoingMail
from animal.matching.models import PetMatch
from animal.matching.tests.scene import HOME, face, found, lost
from animal.pets.models import Pet
from animal.recognition.models import GalleryEntry, PhotoEmbedding
from animal.recognition.providers import get_embedder
from animal.recognition.vectors import to_bytes
from animal.reports.models import Report

pytestmark = pytest.mark.django_db
MAP = "/api/auth/pets/locations/"
CONTACT = "/api/auth/pets/contact-owner/"
FORM = {
    "animal_name": "Milo",
    "category": "Domestic",
    "type": "Cats",
    "breed": "Tabby",
    "status": "found",
    "latitude": str(HOME[0]),
    "longitude": str(HOME[1]),
}


def file_report(actor: Any, picture: Any, **fields: Any) -> Report:
    """With a photo on which recognition has read an animal that looks like face(1)."""
    answer = actor.multipart("/api/auth/pets/report/", {**FORM, **fields, "image": picture()})
    assert answer.status_code == 201, answer.content
    report = Report.objects.get(pk=answer.json()["id"])
    see(report.image)
    return report


def see(image: Any) -> None:
    embedder = get_embedder()
    PhotoEmbedding.objects.create(
        image=image,
        version=embedder.version,
        model=embedder.name,
        vector=to_bytes(face(1)),
        species="cat",
        species_score=0.9,
        box=None,
        breeds=[],
    )


def watch(actor: Any) -> None:
    area = {"label": "Home", "center_lat": HOME[0], "center_lon": HOME[1], "radius_km": 5, "status_filter": ""}
    assert actor.post("/api/auth/alerts/", area).status_code == 201


def verbs_of(actor: Any) -> list[str]:
    return [item["verb"] for item in actor.get("/api/auth/notifications/").json()["notifications"]]


def in_gallery(kind: str) -> bool:
    return GalleryEntry.objects.filter(kind=kind, is_live=True).exists()


def prove(actor: Any, work_off: Any) -> None:
    token = one_time_token_create(user=actor.user, purpose=OneTimeToken.Purpose.VERIFY_EMAIL)
    assert APIClient().post("/api/auth/magic/consume/", {"token": token}).status_code == 200
    work_off()


def test_an_unverified_account_signs_in_and_keeps_drafts_that_only_it_sees(
    unverified, owner, picture, work_off
) -> None:
    report = file_report(unverified, picture)
    work_off()
    assert owner.get(MAP).json() == []
    assert owner.get(f"/api/v1/reports/{report.pk}/").status_code == 404
    (mine,) = unverified.get("/api/auth/user/pet-locations/").json()
    assert (mine["id"], mine["feature_status"]) == (report.pk, "completed")
    assert unverified.get("/api/auth/profile/").status_code == 200


def test_nobody_is_alerted_matched_or_mailed_for_an_unverified_account(
    unverified, owner, stranger, picture, work_off
) -> None:
    watch(stranger)
    lost(owner, face(1))
    file_report(unverified, picture)
    work_off()
    assert (verbs_of(stranger), verbs_of(owner), PetMatch.objects.count()) == ([], [], 0)
    assert (in_gallery("report"), OutgoingMail.objects.count()) == (True, 0)  # The owner's lost report is in it.
    assert not GalleryEntry.objects.filter(owner_id=unverified.user.pk, is_live=True).exists()


def test_what_was_filed_goes_out_once_when_the_address_is_proven(
    unverified, owner, stranger, picture, work_off
) -> None:
    watch(stranger)
    lost(owner, face(1))
    report = file_report(unverified, picture)
    work_off()
    prove(unverified, work_off)
    assert report.pk in [card["id"] for card in owner.get(MAP).json()]
    assert (verbs_of(stranger), verbs_of(owner)) == (["nearby_alert"], ["auto_match"])
    assert PetMatch.objects.get().finder == unverified.user
    assert not address_prove(user=unverified.user, keeps_password=True)
    work_off()
    assert (verbs_of(stranger), PetMatch.objects.count()) == (["nearby_alert"], 1)


def test_an_unverified_lost_report_is_no_partner_for_a_match_either(unverified, finder, picture, work_off) -> None:
    file_report(unverified, picture, status="lost")
    work_off()
    one = found(finder, face(1))
    from animal.matching.tasks import run_auto_match

    run_auto_match(one.pk)
    assert PetMatch.objects.count() == 0
    prove(unverified, work_off)
    assert PetMatch.objects.get().owner == unverified.user


def test_an_unverified_account_writes_to_nobody_under_its_name(unverified, owner, picture, work_off) -> None:
    report = file_report(owner, picture)
    start = unverified.post("/api/auth/chat/conversations/start/", {"pet_location_id": report.pk})
    assert (start.status_code, start.json()["code"]) == (403, "email_unverified")
    assert (Conversation.objects.count(), Message.objects.count()) == (0, 0)
    prove(unverified, work_off)
    assert unverified.post("/api/auth/chat/conversations/start/", {"pet_location_id": report.pk}).status_code == 200


def test_an_unverified_account_may_write_as_anybody_without_one_may(unverified, owner, picture) -> None:
    report = file_report(owner, picture)
    words = {"message": "Hello", "contact_name": "U", "contact_email": "u@example.org"}
    assert unverified.multipart(CONTACT, {"pet_location_id": report.pk, **words}).status_code == 200
    assert (Message.objects.get().sender, Conversation.objects.get().guest_email) == (None, "u@example.org")
    assert not Conversation.objects.filter(participants__user=unverified.user).exists()


def test_nobody_writes_about_a_report_that_is_not_shown(unverified, owner, picture) -> None:
    report = file_report(unverified, picture)
    hidden = owner.post("/api/auth/chat/conversations/start/", {"pet_location_id": report.pk})
    missing = owner.post("/api/auth/chat/conversations/start/", {"pet_location_id": 999_999})
    assert (hidden.status_code, hidden.content) == (404, missing.content)


def test_an_unproven_address_gets_no_alerts_by_mail(unverified, owner, picture, work_off) -> None:
    """Else anybody could have us write to a stranger by signing up with their address."""
    watch(unverified)
    file_report(owner, picture)
    work_off()
    assert (verbs_of(unverified), OutgoingMail.objects.count()) == ([], 0)


def test_public_pets_are_shown_and_recognised_when_the_address_is_proven(unverified, picture, work_off) -> None:
    pet = {"name": "Milo", "type": "Cats", "category": "Domestic", "breed": "Tabby", "isPublic": "true"}
    assert unverified.multipart("/api/auth/pets/add/", {**pet, "images": picture()}).status_code == 201
    see(Pet.objects.get().images.get())
    work_off()
    dashboard = APIClient().get("/api/auth/dashboard/pets/").json()
    assert (dashboard, in_gallery("pet")) == ([], False)
    prove(unverified, work_off)
    assert len(APIClient().get("/api/auth/dashboard/pets/").json()) == 1
    assert in_gallery("pet")


def test_what_a_disabled_account_filed_is_hidden_and_comes_back_with_it(owner, stranger, picture, work_off) -> None:
    report = file_report(owner, picture)
    work_off()
    user_deactivate(user=owner.user)
    assert stranger.get(MAP).json() == []
    work_off()
    assert not in_gallery("report")
    user_reactivate(user=User.objects.get(pk=owner.user.pk))
    work_off()
    assert [card["id"] for card in stranger.get(MAP).json()] == [report.pk]
    assert in_gallery("report")


def test_more_than_one_batch_goes_out(unverified, stranger, monkeypatch, work_off) -> None:
    monkeypatch.setattr("animal.reports.publication.BATCH", 2)
    for _ in range(5):
        assert unverified.multipart("/api/auth/pets/report/", FORM).status_code == 201
    watch(stranger)
    work_off()
    prove(unverified, work_off)
    assert verbs_of(stranger) == ["nearby_alert"] * 5


def test_the_answer_to_a_sign_up_is_as_the_web_client_knows_it(db) -> None:
    form = {"username": "Zoe", "email": "zoe@example.org", "password": "a long enough Passw0rd"}
    answer = APIClient().post("/api/auth/signup/", {**form, "confirm_password": form["password"]})
    assert (answer.status_code, set(answer.json())) == (201, {"message", "user"})
    user = User.objects.get()
    token = access_token(user, session_start(user=user, user_agent=""))
    client = APIClient(HTTP_AUTHORIZATION=f"Bearer {token}")
    assert client.get("/api/auth/profile/").status_code == 200
