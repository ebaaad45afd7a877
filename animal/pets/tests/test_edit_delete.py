"""Editing and deleting a pet; the printed tag survives the web client's delete-and-add."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from animal.conftest import Actor
from animal.core.models import BackgroundTask
from animal.images.models import Image
from animal.pets.models import Pet, PetPhoto
from animal.pets.services import pet_mark_home, pet_mark_lost
from animal.recognition.models import GalleryEntry
from animal.recognition.services import GalleryPayload, gallery_put
from animal.reports.models import Report

pytestmark = pytest.mark.django_db


def delete(actor: Actor, pet: dict[str, Any]) -> Any:
    return actor.delete(f"/api/auth/pets/{pet['id']}/delete/")


def edit(actor: Actor, pet: dict[str, Any], body: dict[str, Any]) -> Any:
    return actor.put(f"/api/auth/pets/{pet['id']}/edit/", body)


def put_in_gallery(pet: dict[str, Any]) -> None:
    row = Pet.objects.get(pk=pet["id"])
    payload = GalleryPayload(
        side="home", species=row.species, owner_id=row.owner_id, is_public=row.is_public, is_test=row.is_test
    )
    gallery_put(kind="pet", object_id=row.pk, vectors=[np.eye(512, dtype=np.float32)[0]], version="v", payload=payload)


def report_on(pet: dict[str, Any], reporter: User) -> Report:
    return Report.objects.create(
        reporter=reporter, pet_id=pet["id"], side="lost", status="lost", latitude=1, longitude=1, public_latitude=1,
        public_longitude=1, cell_r4=1, cell_r5=1, cell_r6=1, cell_r7=1,
    )  # fmt: skip


def test_a_deleted_pet_is_nowhere_from_then_on(owner: Actor, anonymous: Actor, add: Callable[..., Any]) -> None:
    pet = add(owner)
    put_in_gallery(pet)
    found = f"/api/auth/found/{pet['animal_id']}/"
    assert anonymous.get(found).status_code == 200
    response = delete(owner, pet)
    assert (response.status_code, response.content) == (204, b"")
    assert anonymous.get("/api/auth/pets/count/").json() == {"pet_count": 0}
    assert anonymous.get("/api/auth/dashboard/pets/").json() == []
    assert anonymous.get(found).status_code == 404
    assert owner.get("/api/auth/profile/").json()["pets"] == []
    assert owner.get(f"/api/v1/pets/{pet['id']}/").status_code == 404
    assert owner.get(f"/api/auth/pets/{pet['id']}/qr/").status_code == 404
    assert edit(owner, pet, {"name": "Ghost"}).status_code == 404
    assert not GalleryEntry.objects.filter(kind="pet", object_id=pet["id"], is_live=True).exists()
    assert delete(owner, pet).status_code == 404


def test_deleting_and_adding_again_with_a_kept_photo_is_the_same_pet(
    owner: Actor, add: Callable[..., Any], picture: Any
) -> None:
    pet = add(owner, images=[picture(), picture()])
    report = report_on(pet, owner.user)
    delete(owner, pet)
    again = add(owner, name="Milou", type="Dogs", images=[picture()], existing_images=json.dumps(pet["images"][1:]))
    assert (again["id"], again["animal_id"], again["name"]) == (pet["id"], pet["animal_id"], "Milou")
    assert (len(again["images"]), again["images"][0]) == (2, pet["images"][1])
    assert again["registered_at"] == pet["registered_at"]
    report.refresh_from_db()
    assert report.pet_id == pet["id"]
    assert Pet.objects.count() == 1


def test_deleting_and_adding_again_under_the_same_name_and_type_is_the_same_pet(
    owner: Actor, add: Callable[..., Any]
) -> None:
    pet = add(owner)
    delete(owner, pet)
    again = add(owner, breed="Persian")
    assert (again["id"], again["animal_id"], again["breed"]) == (pet["id"], pet["animal_id"], "Persian")
    assert again["images"] != pet["images"]
    assert PetPhoto.objects.filter(pet_id=pet["id"]).count() == 1


def test_another_pet_is_not_taken_for_the_deleted_one(owner: Actor, stranger: Actor, add: Callable[..., Any]) -> None:
    pet = add(owner)
    delete(owner, pet)
    others = [add(owner, name="Rex", type="Dogs"), add(owner, type="Dogs"), add(stranger)]
    assert pet["id"] not in [other["id"] for other in others]
    assert pet["animal_id"] not in [other["animal_id"] for other in others]


def test_after_a_day_a_deleted_pet_does_not_come_back(owner: Actor, add: Callable[..., Any]) -> None:
    pet = add(owner)
    delete(owner, pet)
    Pet.objects.update(deleted_at=timezone.now() - timedelta(hours=24, minutes=1))
    assert add(owner, existing_images=json.dumps(pet["images"]))["id"] != pet["id"]


def test_a_live_pet_of_the_same_name_is_another_pet(owner: Actor, add: Callable[..., Any]) -> None:
    assert add(owner)["id"] != add(owner)["id"]


def test_fields_can_be_changed_one_by_one_and_the_tag_and_photos_stay(owner: Actor, add: Callable[..., Any]) -> None:
    pet = add(owner)
    Pet.objects.update(additional_info={"weight": "4 kg", "subNotes": [], "ai_classification": "Cat (97%)"})
    response = edit(owner, pet, {"name": "Milou", "additionalInfo": {"weight": "5 kg", "ai_classification": "Dog"}})
    assert response.status_code == 200
    changed = response.json()
    assert changed["additionalInfo"] == {"weight": "5 kg", "ai_classification": "Cat (97%)", "subNotes": []}
    assert {**changed, "additionalInfo": 0} == {**pet, "name": "Milou", "additionalInfo": 0}
    assert edit(owner, pet, {"isPublic": False}).json()["isPublic"] is False
    assert edit(owner, pet, {}).json()["isPublic"] is False


def test_photos_features_and_identity_cannot_be_written_through_the_body(owner: Actor, add: Callable[..., Any]) -> None:
    pet = add(owner)
    smuggled = {
        "images": ["http://169.254.169.254/x.jpg"],
        "features": [[1.0] * 512],
        "feature_status": "completed",
        "animal_id": "ANI1",
        "owner": 999,
        "id": 1,
        "is_test": True,
    }
    assert edit(owner, pet, smuggled).json() == pet
    assert not Pet.objects.get(pk=pet["id"]).is_test


def test_a_form_with_a_photo_adds_it_and_keeps_the_rest(owner: Actor, add: Callable[..., Any], picture: Any) -> None:
    pet = add(owner)
    BackgroundTask.objects.all().delete()
    Pet.objects.update(feature_status="completed")
    response = owner.client.put(
        f"/api/auth/pets/{pet['id']}/edit/", {"breed": "Mixed", "images": [picture()]}, format="multipart"
    )
    changed = response.json()
    assert (response.status_code, changed["breed"], changed["isPublic"]) == (200, "Mixed", True)
    assert (len(changed["images"]), changed["images"][0]) == (2, pet["images"][0])
    assert changed["feature_status"] == "pending"
    assert BackgroundTask.objects.get().name == "animal.pets.tasks.extract_pet_features"


@pytest.mark.django_db(transaction=True)
def test_photos_that_several_edits_add_at_once_all_stay(owner: Actor, add: Callable[..., Any], picture: Any) -> None:
    pet = add(owner)
    token, together = owner.access, threading.Barrier(4)
    answers: list[int] = []

    def work(number: int) -> None:
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
        body = {"images": [picture(color=(number * 50, 0, 0))]}
        together.wait(10)
        answers.append(client.put(f"/api/auth/pets/{pet['id']}/edit/", body, format="multipart").status_code)
        connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert answers == [200] * 4
    photos = PetPhoto.objects.filter(pet_id=pet["id"]).order_by("position")
    assert [photo.position for photo in photos] == [0, 1, 2, 3, 4]
    assert len(owner.get(f"/api/v1/pets/{pet['id']}/").json()["images"]) == 5


def test_photos_can_be_taken_away_but_not_the_last_one(owner: Actor, add: Callable[..., Any], picture: Any) -> None:
    pet = add(owner, images=[picture(), picture()])
    kept = edit(owner, pet, {"existing_images": pet["images"][1:]}).json()
    assert kept["images"] == pet["images"][1:]
    refused = edit(owner, pet, {"existing_images": [], "name": "Gone"})
    assert (refused.status_code, refused.json()["code"]) == (400, "no_photo")
    assert owner.get(f"/api/v1/pets/{pet['id']}/").json()["name"] == "Milo"


def test_more_than_ten_photos_are_refused_on_an_edit_too(owner: Actor, add: Callable[..., Any], picture: Any) -> None:
    pet = add(owner, images=[picture() for _ in range(9)])
    body = {"images": [picture(), picture()]}
    response = owner.client.put(f"/api/auth/pets/{pet['id']}/edit/", body, format="multipart")
    assert (response.status_code, response.json()["code"]) == (400, "too_many_photos")
    assert Image.objects.count() == 9


@pytest.mark.parametrize(
    "body", [{"name": ""}, {"name": "<b>"}, {"name": "x" * 10_000}, {"category": "Mythical"}, {"isPublic": "x"}, []]
)
def test_bad_fields_are_refused_on_an_edit_too(owner: Actor, add: Callable[..., Any], body: Any) -> None:
    pet = add(owner)
    response = edit(owner, pet, body)
    assert response.status_code == 400
    assert response.json()["detail"]
    assert owner.get("/api/auth/profile/").json()["pets"] == [pet]


def test_a_stranger_can_neither_change_nor_delete_a_pet_nor_see_its_owners_pages(
    owner: Actor, stranger: Actor, anonymous: Actor, add: Callable[..., Any]
) -> None:
    pet = add(owner)
    missing = stranger.get("/api/v1/pets/999999/")
    for method, path in [
        ("put", f"/api/auth/pets/{pet['id']}/edit/"),
        ("delete", f"/api/auth/pets/{pet['id']}/delete/"),
        ("get", f"/api/auth/pets/{pet['id']}/qr/"),
        ("get", f"/api/auth/pets/{pet['id']}/feature-status/"),
        ("post", f"/api/auth/pets/{pet['id']}/retry-features/"),
        ("get", f"/api/v1/pets/{pet['id']}/"),
        ("post", f"/api/v1/pets/{pet['id']}/rotate-tag/"),
    ]:
        denied = getattr(stranger, method)(path)
        assert (denied.status_code, denied.json()) == (404, missing.json()), path
        assert getattr(anonymous, method)(path).status_code == 401, path
    assert owner.get("/api/auth/profile/").json()["pets"] == [pet]


@pytest.mark.parametrize("pet_id", ["0", "999999", str(2**63), "1" + "0" * 40])
def test_unknown_ids_are_a_404(owner: Actor, pet_id: str) -> None:
    assert owner.delete(f"/api/auth/pets/{pet_id}/delete/").status_code == 404
    assert owner.put(f"/api/auth/pets/{pet_id}/edit/", {}).status_code == 404
    assert owner.get(f"/api/v1/pets/{pet_id}/").json()["code"] == "not_found"


def test_an_edit_reaches_the_gallery_in_the_same_moment(owner: Actor, add: Callable[..., Any]) -> None:
    pet = add(owner)
    put_in_gallery(pet)
    BackgroundTask.objects.all().delete()
    edit(owner, pet, {"isPublic": False, "type": "Dogs"})
    entry = GalleryEntry.objects.get(kind="pet", object_id=pet["id"])
    assert (entry.is_public, entry.species) == (False, "dog")
    assert BackgroundTask.objects.get().name == "animal.matching.tasks.run_pet_match"


def test_lost_and_home_reach_the_pet_and_the_gallery(owner: Actor, add: Callable[..., Any]) -> None:
    pet = add(owner)
    put_in_gallery(pet)
    row = Pet.objects.get(pk=pet["id"])
    pet_mark_lost(pet=row, latitude=48.2, longitude=16.4)
    row.refresh_from_db()
    entry = GalleryEntry.objects.get(kind="pet", object_id=pet["id"])
    assert (row.is_lost, row.place_latitude, row.place_longitude) == (True, 48.2, 16.4)
    assert (entry.side, entry.latitude, entry.longitude) == ("lost", 48.2, 16.4)
    pet_mark_home(pet=row)
    row.refresh_from_db()
    assert (row.is_lost, GalleryEntry.objects.get().side) == (False, "home")
