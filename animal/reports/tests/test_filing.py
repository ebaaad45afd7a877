"""Filing a report: what is written, what it is linked to, what it sets in motion."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from accounts.models import User
from animal.alerts.models import Notification
from animal.core.cells import cell_of
from animal.core.geo import destination, haversine_m, initial_bearing
from animal.core.models import BackgroundTask
from animal.images.models import Image
from animal.pets.models import Pet
from animal.reports import services
from animal.reports.models import Report
from animal.reports.tests.conftest import PLACE, REPORT_URL, filed, form

LOCATION_KEYS = {
    "id", "pet", "pet_name", "latitude", "longitude", "status", "description", "reported_at", "resolved_at",
    "contact_name", "contact_phone", "contact_email", "last_seen_date", "last_seen_time", "animal_name", "animal_id",
    "type", "breed", "category", "owner_name", "image", "image_url", "feature_status", "is_test",
}  # fmt: skip


def queued(report_id: int) -> set[str]:
    """Names of the tasks that wait for this report. A pet of the same number has tasks of its own."""
    tasks = BackgroundTask.objects.filter(target=str(report_id)).values_list("name", flat=True)
    return {name.rpartition(".")[2] for name in tasks if "pet" not in name.rpartition(".")[2]}


def test_a_report_is_filed_and_answered_in_the_contracts_shape(owner, picture):
    report = filed(owner, image=picture())
    assert set(report) == LOCATION_KEYS | {"photo_hints"}
    assert (report["latitude"], report["longitude"]) == PLACE
    assert report["image"] == report["image_url"]
    assert report["image_url"].startswith("http://")
    assert report["feature_status"] == "pending"
    assert report["reported_at"].endswith("Z")
    assert (report["pet"], report["pet_name"], report["animal_name"]) == (None, "Milo", "Milo")
    assert (report["status"], report["resolved_at"], report["is_test"]) == ("lost", None, False)
    assert report["contact_email"] == "ada@example.org"


def test_the_reporter_the_cells_and_the_species_are_stored(owner):
    report = Report.objects.get(pk=filed(owner)["id"])
    assert report.reporter == owner.user
    assert report.species == "cat"
    assert report.cell_r7 == cell_of(*PLACE, 7)
    assert report.cell_r4 == cell_of(*PLACE, 4)
    moved = haversine_m(*PLACE, report.public_latitude, report.public_longitude)
    assert 199 < moved < 401


def displacement(report_id: int) -> tuple[float, float]:
    """Metres and bearing from the true to the public point."""
    row = Report.objects.get(pk=report_id)
    points = row.latitude, row.longitude, row.public_latitude, row.public_longitude
    return haversine_m(*points), initial_bearing(*points)


def test_who_reports_from_one_place_again_and_again_shows_no_new_points_around_it(owner, finder):
    """A dozen of them would average to the true place."""
    first = displacement(filed(owner)["id"])
    for metres, bearing in ((0, 0), (60, 40), (120, 200)):
        latitude, longitude = destination(*PLACE, bearing, metres)
        again = filed(owner, latitude=str(latitude), longitude=str(longitude), animal_name=f"Milo {metres}")
        assert displacement(again["id"]) == pytest.approx(first, abs=0.01)
    latitude, longitude = destination(*PLACE, 90, 2000)
    elsewhere = filed(owner, latitude=str(latitude), longitude=str(longitude), animal_name="Nala")
    somebody_else = filed(finder)
    for other in (elsewhere, somebody_else):
        assert displacement(other["id"]) != pytest.approx(first, abs=0.01)


def test_the_forms_empty_fields_mean_none(finder):
    report = filed(
        finder, status="found", animal_name="N/A", last_seen_date="", contact_name="", contact_phone="",
        contact_email="", description="",
    )  # fmt: skip
    assert report["last_seen_date"] is None
    assert report["animal_name"] == "N/A"
    assert report["contact_email"] == ""
    assert report["image_url"] is None


def test_optional_fields_may_be_missing_altogether(finder):
    fields = {"animal_name": "N/A", "category": "Wild", "type": "Bear", "breed": "Dwarf Campbell’s (Wild)"}
    response = finder.multipart(REPORT_URL, {**fields, "status": "found", "latitude": "0", "longitude": "0"})
    assert response.status_code == 201
    assert response.json()["breed"] == "Dwarf Campbell’s (Wild)"


def test_a_report_may_come_as_json(finder):
    response = finder.post(REPORT_URL, form(last_seen_date="", latitude=1.5))
    assert response.status_code == 201
    assert response.json()["last_seen_date"] is None


def test_a_photo_is_read_and_the_neighbours_are_told_by_the_worker(finder, picture):
    report = filed(finder, status="found", image=picture())
    assert queued(report["id"]) == {"extract_location_features", "run_nearby_alerts"}


def test_without_a_photo_the_neighbours_are_told_all_the_same(finder):
    report = filed(finder, status="found")
    assert queued(report["id"]) == {"run_nearby_alerts"}
    assert report["feature_status"] == "completed"


def test_a_lost_report_is_confirmed_to_its_reporter_and_a_found_one_is_not(owner, finder):
    filed(owner)
    filed(finder, status="found")
    told = Notification.objects.get()
    assert (told.recipient, told.verb) == (owner.user, "Pet marked as lost")


# --- pets -------------------------------------------------------------------------------------------------------------


def test_a_pet_named_by_id_is_linked_marked_lost_and_matched(owner, pet_of):
    pet = pet_of(owner, name="Minka", type="Cats")
    report = filed(owner, animal_name="N/A", breed="?", pet_id=pet.pk)
    assert (report["pet"], report["animal_name"], report["breed"]) == (pet.pk, "Minka", "Tabby")
    assert report["animal_id"] == pet.animal_id
    assert report["owner_name"] == "Owner"
    assert report["image_url"] is not None, "the pet's photo stands in"
    pet.refresh_from_db()
    assert pet.is_lost
    stored = Report.objects.get(pk=report["id"])
    assert (pet.place_latitude, pet.place_longitude) == (stored.public_latitude, stored.public_longitude)
    assert queued(report["id"]) == {"run_auto_match", "run_nearby_alerts"}


def test_somebody_elses_pet_is_not_found_and_nothing_is_written(owner, stranger, pet_of, picture):
    pet = pet_of(owner)
    images = Image.objects.count()
    for number in (pet.pk, 999_999, 2**62):
        response = stranger.multipart(REPORT_URL, form(pet_id=number, image=picture()))
        assert response.status_code == 404
        assert response.json()["detail"]
    assert not Report.objects.exists()
    assert Image.objects.count() == images
    pet.refresh_from_db()
    assert not pet.is_lost


def test_a_deleted_pet_is_not_found(owner, pet_of):
    pet = pet_of(owner)
    assert owner.delete(f"/api/auth/pets/{pet.pk}/delete/").status_code == 204
    assert owner.multipart(REPORT_URL, form(pet_id=pet.pk)).status_code == 404


def test_a_lost_report_finds_the_one_pet_of_exactly_that_name_type_and_breed(owner, pet_of):
    pet = pet_of(owner)
    assert filed(owner)["pet"] == pet.pk
    assert filed(owner, breed="Siamese")["pet"] is None


def test_two_pets_of_the_same_name_are_not_guessed_between(owner, pet_of):
    pet_of(owner)
    pet_of(owner)
    assert filed(owner)["pet"] is None


def test_a_strangers_pet_of_the_same_name_is_not_linked(owner, stranger, pet_of):
    pet_of(owner)
    assert filed(stranger)["pet"] is None


def test_a_found_report_is_not_taken_for_ones_own_pet_by_name(owner, pet_of):
    pet_of(owner)
    assert filed(owner, status="found")["pet"] is None


def test_registering_with_a_photo_makes_a_pet_that_shows_it(owner, picture):
    report = filed(owner, register_pet="true", image=picture())
    pet = Pet.objects.get()
    assert (report["pet"], pet.owner, pet.name, pet.is_lost) == (pet.pk, owner.user, "Milo", True)
    assert pet.images.get().pk == Report.objects.get().image_id


def test_registering_twice_makes_one_pet(owner, picture):
    filed(owner, register_pet="true", image=picture())
    filed(owner, register_pet="true", image=picture())
    assert Pet.objects.count() == 1


def test_no_pet_without_a_photo_is_made(owner):
    assert filed(owner, register_pet="true")["pet"] is None
    assert not Pet.objects.exists()


def test_a_photo_on_the_report_comes_before_the_pets(owner, pet_of, picture):
    pet = pet_of(owner)
    report = filed(owner, pet_id=pet.pk, image=picture(color=(1, 2, 3)))
    assert Report.objects.get().image_id.hex in report["image_url"]


# --- test data, one transaction ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_test", [True, False])
def test_what_a_test_account_files_is_test_data(owner, is_test):
    User.objects.filter(pk=owner.user.pk).update(is_test=is_test)
    assert filed(owner)["is_test"] is is_test


def test_when_a_later_write_fails_nothing_stays(owner, pet_of, picture, monkeypatch):
    pet = pet_of(owner)
    images, tasks = Image.objects.count(), BackgroundTask.objects.count()

    def break_down(*args: object, **kwargs: object) -> None:
        raise RuntimeError("the last write of the transaction fails")

    monkeypatch.setattr(services, "task_enqueue", break_down)
    owner.client.raise_request_exception = False
    with transaction.atomic():
        assert owner.multipart(REPORT_URL, form(pet_id=pet.pk, image=picture())).status_code == 500
    pet.refresh_from_db()
    assert not pet.is_lost
    assert not Report.objects.exists()
    assert not Notification.objects.exists()
    assert (Image.objects.count(), BackgroundTask.objects.count()) == (images, tasks)


def test_filing_is_throttled_by_its_own_rate(owner):
    for _ in range(10):
        filed(owner)
    response = owner.multipart(REPORT_URL, form())
    assert response.status_code == 429
    assert response.json()["detail"]
    assert int(response["Retry-After"]) > 0


def test_tomorrow_is_accepted_because_it_is_tomorrow_somewhere(owner):
    today = datetime.now(UTC).date()
    assert filed(owner, last_seen_date=(today + timedelta(days=1)).isoformat())
    response = owner.multipart(REPORT_URL, form(last_seen_date=(today + timedelta(days=2)).isoformat()))
    assert response.status_code == 400
    assert "future" in response.json()["detail"]


@pytest.mark.parametrize(("sent", "kept"), [("10:11:12.500000", "10:11:12"), ("10:11", "10:11:00"), ("", None)])
def test_the_time_last_seen_is_kept_to_the_second(owner, sent, kept):
    report = filed(owner, last_seen_time=sent)
    assert report["last_seen_time"] == kept
    assert owner.get(f"/api/v1/reports/{report['id']}/").json()["last_seen_time"] == kept
