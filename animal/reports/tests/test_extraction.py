"""Reading a report's photo in the background, with the real model and real photos; and what happens when it cannot."""

from __future__ import annotations

import numpy as np
import pytest
from django.core.files.storage import default_storage

from animal.alerts.models import Notification
from animal.core.models import BackgroundTask
from animal.core.tasks import DependencyDown
from animal.pets.tests.embedders import BY_COLOUR
from animal.recognition.models import GalleryEntry
from animal.recognition.providers import get_embedder
from animal.reports.models import Report
from animal.reports.selectors import report_vectors
from animal.reports.tasks import extract_location_features
from animal.reports.tests.conftest import filed, form, photo_of


def match_tasks() -> int:
    return BackgroundTask.objects.filter(name="animal.matching.tasks.run_auto_match").count()


def entries(report_id: int) -> list[GalleryEntry]:
    return list(GalleryEntry.objects.filter(kind="report", object_id=report_id, is_live=True))


def test_a_photo_of_a_cat_is_read_filed_and_handed_to_matching(finder):
    number = filed(finder, status="found", type="Cats", image=photo_of("chelsea"))["id"]
    extract_location_features(number)
    report = Report.objects.get(pk=number)
    assert (report.feature_status, report.feature_error) == ("completed", "")
    assert report.suggested_species == "cat"
    [entry] = entries(number)
    assert (entry.side, entry.species, entry.owner_id, entry.is_public) == ("found", "cat", finder.user.pk, True)
    assert match_tasks() == 1
    [vector] = report_vectors(report)[entry.version]
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_reading_it_again_changes_nothing(finder):
    number = filed(finder, status="found", image=photo_of("chelsea"))["id"]
    extract_location_features(number)
    before = [(e.pk, e.slot, bytes(e.vector)) for e in entries(number)]
    extract_location_features(number)
    assert [(e.pk, e.slot, bytes(e.vector)) for e in entries(number)] == before
    assert match_tasks() == 1


def test_a_photo_without_an_animal_fails_with_a_sentence_is_not_matched_and_not_tried_again(finder):
    number = filed(finder, status="found", image=photo_of("no_animal", "coffee"))["id"]
    extract_location_features(number)
    extract_location_features(number)
    report = Report.objects.get(pk=number)
    assert report.feature_status == "failed"
    assert report.feature_error.startswith("We could not find an animal in the photo")
    assert entries(number) == []
    assert match_tasks() == 0
    told = Notification.objects.get(recipient=finder.user)
    assert told.verb == "feature_extraction_failed"
    assert "on the map" in told.description


def test_the_linked_pets_photos_are_matched_although_the_reports_photo_fails(owner, pet_of):
    pet = pet_of(owner, photo_of("chelsea"))
    number = filed(owner, pet_id=pet.pk, image=photo_of("no_animal", "coffee"))["id"]
    BackgroundTask.objects.filter(name="animal.matching.tasks.run_auto_match").delete()
    extract_location_features(number)
    assert match_tasks() == 1


def test_an_outage_keeps_it_pending_and_the_task_waiting(finder, settings, tmp_path, work_off):
    """The model directory cannot be used: its path leads through a file."""
    number = filed(finder, status="found", image=photo_of("chelsea"))["id"]
    (tmp_path / "file").touch()
    usable, settings.MODEL_DIR = settings.MODEL_DIR, tmp_path / "file" / "models"
    with pytest.raises(DependencyDown):
        extract_location_features(number)
    assert Report.objects.get(pk=number).feature_status == "pending"
    work_off()
    task = BackgroundTask.objects.get(name__endswith="extract_location_features")
    assert (task.state, task.failures) == (BackgroundTask.State.PENDING, 0)
    settings.MODEL_DIR = usable
    extract_location_features(number)
    assert Report.objects.get(pk=number).feature_status == "completed"


def test_a_missing_file_fails_at_once_with_a_sentence(finder):
    number = filed(finder, status="found", image=photo_of("chelsea"))["id"]
    image = Report.objects.get(pk=number).image
    default_storage.delete(str(image.master))
    extract_location_features(number)
    report = Report.objects.get(pk=number)
    assert report.feature_status == "failed"
    assert "missing" in report.feature_error


def test_what_is_given_up_reads_as_a_sentence_without_internals(finder, picture):
    number = filed(finder, status="found", image=picture())["id"]
    extract_location_features.on_failed(number, "KeyError: 'secret internals'")
    report = Report.objects.get(pk=number)
    assert report.feature_status == "failed"
    assert "secret" not in report.feature_error


def test_a_report_resolved_meanwhile_stays_out_of_the_gallery(finder):
    number = filed(finder, status="found", image=photo_of("chelsea"))["id"]
    finder.post(f"/api/auth/pets/locations/{number}/status/", {"status": "resolved"})
    extract_location_features(number)
    assert Report.objects.get(pk=number).feature_status == "completed"
    assert entries(number) == []
    assert match_tasks() == 0
    finder.post(f"/api/auth/pets/locations/{number}/status/", {"status": "found"})
    assert len(entries(number)) == 1
    assert match_tasks() == 1


def test_a_report_that_is_gone_is_no_failure(db):
    extract_location_features(999_999)


def test_a_lost_report_is_searched_for_with_its_own_and_its_pets_vectors(owner, pet_of):
    from animal.pets.tasks import extract_pet_features

    pet = pet_of(owner, photo_of("chelsea"))
    extract_pet_features(pet.pk)
    without = Report.objects.get(pk=filed(owner, pet_id=pet.pk)["id"])
    with_photo = filed(owner, pet_id=pet.pk, image=photo_of("chelsea", "b"))["id"]
    extract_location_features(with_photo)
    version = get_embedder().version
    of_pet = len(report_vectors(without)[version])
    assert of_pet >= 1
    assert len(report_vectors(Report.objects.get(pk=with_photo))[version]) == of_pet + 1


def test_retrying_is_for_failed_reports_and_for_their_reporter(finder, stranger):
    number = filed(finder, status="found", image=photo_of("no_animal", "coffee"))["id"]
    retry = f"/api/v1/reports/{number}/retry-features/"
    assert finder.post(retry).status_code == 400
    extract_location_features(number)
    assert stranger.post(retry).status_code == 404
    assert finder.post(retry).status_code == 200
    assert Report.objects.get(pk=number).feature_status == "pending"


# --- several photos ---------------------------------------------------------------------------------------------------

RED, BLUE, GREY = (200, 20, 20), (20, 20, 200), (90, 90, 90)


def with_photos(actor, picture, *colors):
    answer = actor.multipart("/api/v1/reports/", form(status="found", photos=[picture(color=each) for each in colors]))
    assert answer.status_code == 201, answer.content
    extract_location_features(answer.json()["id"])
    return Report.objects.get(pk=answer.json()["id"])


def slots(report: Report) -> int:
    return len(entries(report.pk))


def test_each_photo_counts_once_beside_their_mean(finder, picture, settings):
    settings.EMBEDDING_PROVIDER = BY_COLOUR
    assert slots(with_photos(finder, picture, RED, BLUE)) == 3
    assert slots(with_photos(finder, picture, RED, RED)) == 1, "near-duplicates are one"
    assert slots(with_photos(finder, picture, RED)) == 1


def test_a_photo_without_an_animal_does_not_spoil_the_others(finder, picture, settings):
    settings.EMBEDDING_PROVIDER = BY_COLOUR
    report = with_photos(finder, picture, GREY, BLUE)
    assert (report.feature_status, report.suggested_breeds[0]["label"], slots(report)) == ("completed", "Blue one", 1)
    report = with_photos(finder, picture, GREY, GREY)
    assert (report.feature_status, slots(report)) == ("failed", 0)


def test_a_photo_that_is_removed_is_not_searched_any_more_and_one_that_is_added_is(finder, picture, settings, work_off):
    settings.EMBEDDING_PROVIDER = BY_COLOUR
    report = with_photos(finder, picture, RED, BLUE)
    photo = finder.get(f"/api/v1/reports/{report.pk}/").json()["photos"][0]["id"]
    finder.delete(f"/api/v1/reports/{report.pk}/photos/{photo}/")
    work_off()
    (vector,) = (np.frombuffer(bytes(entry.vector), np.float32) for entry in entries(report.pk))
    assert vector[2] > vector[0], "the blue one is left"
    finder.multipart(f"/api/v1/reports/{report.pk}/photos/", {"photos": [picture(color=RED)]})
    work_off()
    assert slots(report) == 3
    for each in finder.get(f"/api/v1/reports/{report.pk}/").json()["photos"]:
        finder.delete(f"/api/v1/reports/{report.pk}/photos/{each['id']}/")
    work_off()
    assert slots(report) == 0


def test_many_photos_are_read_in_several_steps(finder, picture, settings, monkeypatch, work_off):
    settings.EMBEDDING_PROVIDER = BY_COLOUR
    monkeypatch.setattr("animal.reports.tasks.STEP_SECONDS", -1.0)
    report = with_photos(finder, picture, RED, BLUE)
    assert slots(report) == 0
    monkeypatch.setattr("animal.reports.tasks.STEP_SECONDS", 8.0)
    work_off()
    assert slots(report) == 3
