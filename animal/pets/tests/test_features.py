"""From the photos of a pet to the gallery, whatever happens on the way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.conf import settings as project
from django.core.files.uploadedfile import SimpleUploadedFile
from django_q.models import OrmQ

from animal.alerts.models import Notification
from animal.conftest import Actor
from animal.core.models import BackgroundTask
from animal.core.tests.worker import work_off
from animal.images.files import files_remove
from animal.pets import tasks
from animal.pets.features import features_of
from animal.pets.models import Pet, PetPhoto
from animal.pets.selectors import pet_vectors
from animal.pets.services import pet_delete, pet_edit, pet_mark_lost
from animal.pets.tests import embedders
from animal.recognition.models import GalleryEntry, PhotoEmbedding
from animal.recognition.vectors import from_bytes, to_bytes

pytestmark = pytest.mark.django_db
RED, BLUE, GREY = (200, 20, 20), (20, 20, 200), (90, 90, 90)
EXTRACT = "animal.pets.tasks.extract_pet_features"


@pytest.fixture(autouse=True)
def _by_colour(settings: Any) -> None:
    settings.EMBEDDING_PROVIDER = embedders.BY_COLOUR
    embedders.while_reading.clear()


def entries(pet: dict[str, Any]) -> list[GalleryEntry]:
    return list(GalleryEntry.objects.filter(kind="pet", object_id=pet["id"], is_live=True).order_by("slot"))


def extraction(pet: dict[str, Any]) -> BackgroundTask:
    return BackgroundTask.objects.get(key=f"{EXTRACT}:{pet['id']}")


def status(actor: Actor, pet: dict[str, Any]) -> dict[str, str]:
    answer: dict[str, str] = actor.get(f"/api/auth/pets/{pet['id']}/feature-status/").json()
    return answer


def let_time_pass(**delta: float) -> None:
    shift = timedelta(**delta)
    for task in BackgroundTask.objects.all():
        task.run_at -= shift
        task.woken_at -= shift
        task.save()
    for row in OrmQ.objects.all():
        row.lock -= shift
        row.save()


def test_photos_are_read_into_the_gallery_and_the_owner_is_told_once(
    owner: Actor, add: Callable[..., Any], picture: Any
) -> None:
    pet = add(owner, images=[picture(color=RED), picture(color=BLUE), picture(color=GREY)])
    work_off()
    assert (status(owner, pet)["feature_status"], status(owner, pet)["feature_error"]) == ("completed", "")
    detail = owner.get(f"/api/v1/pets/{pet['id']}/").json()
    assert detail["additionalInfo"]["ai_classification"] == "Cat (90%), perhaps Blue one"
    assert detail["additionalInfo"]["embedding_image_count"] == 2
    assert detail["additionalInfo"]["weight"] == "4 kg"
    assert [breed["label"] for breed in detail["suggested_breeds"]] == ["Blue one", "Red one"]
    assert (detail["suggested_species"], detail["features"]) == ("cat", [])
    mean, *photos = [from_bytes(entry.vector) for entry in entries(pet)]
    assert len(photos) == 2
    assert np.allclose(mean, (photos[0] + photos[1]) / np.linalg.norm(photos[0] + photos[1]), atol=1e-5)
    row = Pet.objects.get(pk=pet["id"])
    assert pet_vectors(row)["colour-1"].shape == (3, 512)
    entry = entries(pet)[0]
    assert (entry.side, entry.species, entry.species_detected, entry.owner_id) == ("home", "cat", False, row.owner_id)
    note = Notification.objects.get()
    assert (note.verb, note.recipient_id, note.target_id) == ("feature_extraction_complete", row.owner_id, pet["id"])
    assert BackgroundTask.objects.filter(key=f"animal.matching.tasks.run_pet_match:{pet['id']}").exists()
    tasks.extract_pet_features(pet["id"])
    assert (Notification.objects.count(), PhotoEmbedding.objects.count(), len(entries(pet))) == (1, 3, 3)


def test_new_photos_are_news(owner: Actor, add: Callable[..., Any], picture: Any) -> None:
    pet = add(owner, images=[picture(color=RED)])
    work_off()
    row = Pet.objects.get(pk=pet["id"])
    pet_edit(pet=row, changes={}, add=[PetPhoto.objects.get(pet_id=add(owner)["id"]).image])
    work_off()
    assert Notification.objects.filter(target_id=pet["id"], verb="feature_extraction_complete").count() == 2


def test_near_duplicates_count_once_and_a_single_photo_is_its_own_mean() -> None:
    def reading(*head: float) -> PhotoEmbedding:
        vector = np.zeros(512, np.float32)
        vector[: len(head)] = head
        return PhotoEmbedding(vector=to_bytes(vector), version="v", species="dog", species_score=0.5)

    same = features_of([reading(1, 0), reading(1, 0.1), reading(1, 0.05)])
    assert same is not None
    assert (len(same.vectors), same.photo_count) == (1, 3)
    mixed = features_of([reading(1, 0), reading(1, 0.01), reading(0, 1)])
    assert mixed is not None
    assert len(mixed.vectors) == 3
    assert np.allclose(mixed.vectors[0][:2], [2**-0.5, 2**-0.5], atol=1e-3)
    opposite = features_of([reading(1, 0), reading(-1, 0)])
    assert opposite is not None
    assert all(abs(np.linalg.norm(vector) - 1) < 1e-5 for vector in opposite.vectors)
    assert features_of([PhotoEmbedding(vector=b"", version="v")]) is None


def test_photos_without_an_animal_fail_with_a_sentence_and_are_not_tried_again(
    owner: Actor, add: Callable[..., Any], picture: Any
) -> None:
    pet = add(owner, images=[picture(color=GREY)])
    work_off()
    answer = status(owner, pet)
    assert answer["feature_status"] == "failed"
    assert answer["feature_error"].startswith("We could not find an animal in the photo")
    assert (extraction(pet).state, entries(pet), OrmQ.objects.count()) == ("done", [], 0)
    note = Notification.objects.get()
    assert (note.verb, answer["feature_error"] in note.description) == ("feature_extraction_failed", True)
    assert not BackgroundTask.objects.filter(name__startswith="animal.matching").exists()


def test_an_outage_keeps_a_pet_pending_until_the_model_is_back(
    owner: Actor, add: Callable[..., Any], picture: Any, settings: Any
) -> None:
    settings.EMBEDDING_PROVIDER = embedders.DOWN
    pet = add(owner, images=[picture(color=RED)])
    for _ in range(6):
        work_off()
        assert status(owner, pet)["feature_status"] == "pending"
        let_time_pass(minutes=5)
    assert (extraction(pet).state, Notification.objects.count()) == ("pending", 0)
    settings.EMBEDDING_PROVIDER = embedders.BY_COLOUR
    work_off()
    assert status(owner, pet)["feature_status"] == "completed"


def test_what_keeps_failing_ends_as_failed_with_a_sentence_for_people_and_can_be_retried(
    owner: Actor, add: Callable[..., Any], picture: Any, settings: Any
) -> None:
    pet = add(owner, images=[picture(color=RED)])
    retry = f"/api/auth/pets/{pet['id']}/retry-features/"
    assert owner.post(retry).status_code == 400
    settings.EMBEDDING_PROVIDER = embedders.BROKEN
    for _ in range(4):
        work_off()
        let_time_pass(minutes=5)
    answer = status(owner, pet)
    assert (answer["feature_status"], extraction(pet).state) == ("failed", "failed")
    assert "secret" not in answer["feature_error"]
    assert "secret" not in Notification.objects.get(verb="feature_extraction_failed").description
    settings.EMBEDDING_PROVIDER = embedders.BY_COLOUR
    assert owner.post(retry).json()["message"]
    assert status(owner, pet)["feature_status"] == "pending"
    work_off()
    assert status(owner, pet)["feature_status"] == "completed"
    refused = owner.post(retry)
    assert (refused.status_code, bool(refused.json()["detail"])) == (400, True)


def test_a_pet_deleted_while_its_photos_are_read_does_not_enter_the_gallery(
    owner: Actor, add: Callable[..., Any], picture: Any, settings: Any
) -> None:
    settings.EMBEDDING_PROVIDER = embedders.INTERRUPTED
    pet = add(owner, images=[picture(color=RED)])
    embedders.while_reading.append(lambda: pet_delete(pet=Pet.objects.get(pk=pet["id"])))
    work_off()
    assert (entries(pet), Notification.objects.count(), extraction(pet).state) == ([], 0, "done")


def test_photos_changed_while_they_are_read_are_read_again(
    owner: Actor, add: Callable[..., Any], picture: Any, settings: Any
) -> None:
    other = PetPhoto.objects.get(pet_id=add(owner, images=[picture(color=BLUE)])["id"]).image
    work_off()
    settings.EMBEDDING_PROVIDER = embedders.INTERRUPTED
    pet = add(owner, name="Rex", images=[picture(color=RED)])
    embedders.while_reading.append(
        lambda: pet_edit(pet=Pet.objects.get(pk=pet["id"]), changes={"name": "Max"}, keep=[other])
    )
    work_off()
    assert status(owner, pet)["feature_status"] == "completed"
    assert Notification.objects.filter(target_id=pet["id"]).count() == 1
    blue = from_bytes(entries(pet)[0].vector)
    assert blue[2] > 0.9 > blue[0]
    assert Pet.objects.get(pk=pet["id"]).name == "Max"


def test_a_pet_reported_lost_before_its_photos_were_read_enters_the_gallery_as_lost(
    owner: Actor, add: Callable[..., Any], picture: Any
) -> None:
    pet = add(owner, images=[picture(color=RED)], type="Something", isPublic="false")
    pet_mark_lost(pet=Pet.objects.get(pk=pet["id"]), latitude=48.2, longitude=16.4)
    work_off()
    entry = entries(pet)[0]
    assert (entry.side, entry.latitude, entry.longitude, entry.is_public) == ("lost", 48.2, 16.4, False)
    assert (entry.species, entry.species_detected) == ("cat", True)


def test_a_stored_photo_that_went_bad_does_not_spoil_the_others(
    owner: Actor, add: Callable[..., Any], picture: Any
) -> None:
    pet = add(owner, images=[picture(color=RED), picture(color=BLUE)])
    first, second = PetPhoto.objects.filter(pet_id=pet["id"])
    files_remove([str(first.image.master)])
    work_off()
    assert status(owner, pet)["feature_status"] == "completed"
    assert len(entries(pet)) == 1
    PhotoEmbedding.objects.all().delete()
    files_remove([str(second.image.master)])
    tasks.extract_pet_features(pet["id"])
    said = status(owner, pet)
    assert said["feature_status"] == "failed"
    assert said["feature_error"] == "The stored photo is missing. Please add the photo again."
    assert entries(pet) == []


def test_many_photos_are_read_in_steps(
    owner: Actor, add: Callable[..., Any], picture: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "STEP_SECONDS", -1.0)
    pet = add(owner, images=[picture(color=(200, 20, 20 * number)) for number in range(4)])
    read = []
    while OrmQ.objects.exists() and status(owner, pet)["feature_status"] != "completed":
        row = OrmQ.objects.order_by("pk").first()
        read.append(PhotoEmbedding.objects.count())
        tasks_run_one(row)
        assert len(read) < 20
    assert status(owner, pet)["feature_status"] == "completed"
    assert read == [0, 1, 2, 3]


def tasks_run_one(row: OrmQ) -> None:
    from django_q.signing import SignedPackage

    package = SignedPackage.loads(row.payload)
    row.delete()
    package["func"](*package["args"], **package["kwargs"])


def test_real_photos_of_a_cat_are_recognised_as_one(owner: Actor, add: Callable[..., Any], settings: Any) -> None:
    settings.EMBEDDING_PROVIDER = "onnx"
    folder = Path(project.BASE_DIR) / "animal/demo/photos"

    def photo(path: str) -> SimpleUploadedFile:
        return SimpleUploadedFile("photo.jpg", (folder / path).read_bytes())

    cat = add(owner, images=[photo("chelsea/a.jpg"), photo("chelsea/b.jpg"), photo("no_animal/coffee.jpg")])
    cup = add(owner, name="Cup", images=[photo("no_animal/coffee.jpg")])
    work_off()
    detail = owner.get(f"/api/v1/pets/{cat['id']}/").json()
    assert (detail["feature_status"], detail["suggested_species"]) == ("completed", "cat")
    assert detail["additionalInfo"]["embedding_image_count"] == 2
    assert (status(owner, cup)["feature_status"], entries(cup)) == ("failed", [])
