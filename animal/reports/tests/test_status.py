"""Resolving and reopening: by whom, in which direction, and what follows."""

from __future__ import annotations

import numpy as np
import pytest

from animal.core.models import BackgroundTask
from animal.pets.models import Pet
from animal.recognition.models import GalleryEntry, PhotoEmbedding
from animal.recognition.vectors import to_bytes
from animal.reports.models import Report
from animal.reports.tests.conftest import filed


def url(report_id: int | str) -> str:
    return f"/api/auth/pets/locations/{report_id}/status/"


@pytest.mark.parametrize("verb", ["post", "put"])
@pytest.mark.parametrize("side", ["lost", "found"])
def test_a_report_is_resolved_and_reopened(owner, side, verb):
    number = filed(owner, status=side)["id"]
    resolved = getattr(owner, verb)(url(number), {"status": "resolved"})
    assert resolved.status_code == 200
    assert resolved.json()["status"] == "resolved"
    assert resolved.json()["resolved_at"]
    reopened = getattr(owner, verb)(url(number), {"status": side})
    assert reopened.status_code == 200
    assert (reopened.json()["status"], reopened.json()["resolved_at"]) == (side, None)


@pytest.mark.parametrize(("side", "other"), [("lost", "found"), ("found", "lost")])
def test_a_report_never_changes_sides(owner, side, other):
    number = filed(owner, status=side)["id"]
    for _ in range(2):
        response = owner.post(url(number), {"status": other})
        assert response.status_code == 400
        assert "new report" in response.json()["detail"]
        owner.post(url(number), {"status": "resolved"})
    assert Report.objects.get().status == "resolved"


def test_the_status_it_has_already_changes_nothing(owner):
    number = filed(owner)["id"]
    first = owner.post(url(number), {"status": "resolved"}).json()["resolved_at"]
    again = owner.post(url(number), {"status": "resolved"})
    assert again.status_code == 200
    assert again.json()["resolved_at"] == first


@pytest.mark.parametrize("body", [{}, {"status": ""}, {"status": "gone"}, {"status": None}, [], {"status": ["lost"]}])
def test_a_wrong_status_is_refused_with_a_sentence(owner, body):
    number = filed(owner)["id"]
    response = owner.post(url(number), body)
    assert response.status_code == 400
    assert response.json()["detail"]


def test_a_stranger_is_answered_as_if_there_were_none(owner, stranger):
    number = filed(owner)["id"]
    denied, missing = (stranger.post(url(n), {"status": "resolved"}) for n in (number, 999_999))
    assert (denied.status_code, denied.json()) == (missing.status_code, missing.json())
    assert denied.status_code == 404
    assert stranger.post(url("9" * 30), {"status": "resolved"}).status_code == 404
    assert Report.objects.get().is_open


def test_a_report_without_a_contact_address_can_be_resolved_by_its_reporter(owner):
    number = filed(owner, contact_email="")["id"]
    assert owner.post(url(number), {"status": "resolved"}).status_code == 200


# --- the pet ----------------------------------------------------------------------------------------------------------


def test_resolving_brings_the_pet_home_and_reopening_loses_it_again(owner, pet_of):
    pet = pet_of(owner)
    number = filed(owner, pet_id=pet.pk)["id"]
    owner.post(url(number), {"status": "resolved"})
    assert not Pet.objects.get().is_lost
    owner.post(url(number), {"status": "lost"})
    assert Pet.objects.get().is_lost


def test_a_pet_with_another_open_lost_report_stays_lost_at_that_place(owner, pet_of):
    pet = pet_of(owner)
    first = filed(owner, pet_id=pet.pk)["id"]
    second = filed(owner, pet_id=pet.pk, latitude="10")["id"]
    owner.post(url(second), {"status": "resolved"})
    pet.refresh_from_db()
    assert pet.is_lost
    assert pet.place_latitude == Report.objects.get(pk=first).public_latitude
    owner.post(url(first), {"status": "resolved"})
    pet.refresh_from_db()
    assert not pet.is_lost


def test_resolving_a_found_report_does_not_touch_a_pet(owner, pet_of):
    pet = pet_of(owner)
    filed(owner, pet_id=pet.pk)
    found = filed(owner, status="found", pet_id=pet.pk)["id"]
    owner.post(url(found), {"status": "resolved"})
    assert Pet.objects.get().is_lost


def test_a_pet_deleted_while_lost_is_home_when_it_comes_back_after_resolving(owner, pet_of):
    pet = pet_of(owner)
    number = filed(owner, pet_id=pet.pk)["id"]
    owner.delete(f"/api/auth/pets/{pet.pk}/delete/")
    assert owner.post(url(number), {"status": "resolved"}).status_code == 200
    back = pet_of(owner)
    assert back.pk == pet.pk
    assert not Pet.objects.get().is_lost


# --- gallery and matching ---------------------------------------------------------------------------------------------


def read(report_id: int) -> None:
    """As if the photo had been read: one stored reading with a vector."""
    vector = np.zeros(512, np.float32)
    vector[3] = 1.0
    image_id = Report.objects.get(pk=report_id).image_id
    PhotoEmbedding.objects.create(image_id=image_id, model="m", version="v1", vector=to_bytes(vector), species="dog")


def live(report_id: int) -> list[GalleryEntry]:
    return list(GalleryEntry.objects.filter(kind="report", object_id=report_id, is_live=True))


def test_a_resolved_report_leaves_the_gallery_and_a_reopened_one_returns_without_the_model(owner, picture, settings):
    settings.EMBEDDING_PROVIDER = "there.is.no.Model"
    number = filed(owner, image=picture())["id"]
    read(number)
    owner.post(url(number), {"status": "resolved"})
    assert live(number) == []
    BackgroundTask.objects.all().delete()
    owner.post(url(number), {"status": "lost"})
    [entry] = live(number)
    report = Report.objects.get()
    assert (entry.side, entry.species, entry.species_detected, entry.version) == ("lost", "cat", False, "v1")
    assert (entry.latitude, entry.longitude) == (report.public_latitude, report.public_longitude)
    assert entry.latitude != report.latitude, "the gallery, and Qdrant with it, never learn the true place"
    queued = sorted(task.name for task in BackgroundTask.objects.all())
    assert queued == ["animal.matching.tasks.report_outcome", "animal.matching.tasks.run_auto_match"]
    owner.post(url(number), {"status": "resolved"})
    assert live(number) == []


def test_an_undeclared_species_is_taken_from_the_photo_and_marked_so(owner, picture):
    number = filed(owner, image=picture(), type="Something furry")["id"]
    read(number)
    owner.post(url(number), {"status": "resolved"})
    owner.post(url(number), {"status": "lost"})
    [entry] = live(number)
    assert (entry.species, entry.species_detected) == ("dog", True)


def test_a_deleted_account_takes_its_reports_out_of_the_gallery(owner, picture):
    number = filed(owner, image=picture())["id"]
    read(number)
    owner.post(url(number), {"status": "resolved"})
    owner.post(url(number), {"status": "lost"})
    assert live(number)
    owner.user.delete()
    assert live(number) == []
