"""What a camera wrote into a report's photo is suggested to the reporter, and to nobody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from animal.conftest import Actor
from animal.images.tests.pictures import card, encoded, exif_of_a_phone, upload
from animal.pets.models import Pet
from animal.reports.models import Report
from animal.reports.tests.conftest import filed

TAKEN = {"latitude": -33.8569, "longitude": 151.2093, "taken_at": "2026-03-03T18:06:07Z"}


def photo() -> SimpleUploadedFile:
    return upload(encoded(card(), exif=exif_of_a_phone()))


def suggestion(actor: Actor, report_id: int) -> Any:
    answer = actor.get(f"/api/v1/reports/{report_id}/")
    assert answer.status_code == 200
    return answer.json()["suggestion"]


def test_the_reporter_is_told_where_and_when_the_photo_was_taken_and_a_stranger_is_not(
    owner: Actor, stranger: Actor
) -> None:
    number = filed(owner, image=photo())["id"]
    said = suggestion(owner, number)
    assert {**said, "latitude": 0, "longitude": 0} == {**TAKEN, "latitude": 0, "longitude": 0}
    assert (said["latitude"], said["longitude"]) == pytest.approx((TAKEN["latitude"], TAKEN["longitude"]), abs=1e-5)
    assert suggestion(stranger, number) is None
    assert "151.2" not in stranger.get(f"/api/v1/reports/{number}/").content.decode()


def test_the_owner_of_the_pet_is_not_told_where_the_finder_took_the_photo(
    owner: Actor, finder: Actor, pet_of: Callable[..., Pet]
) -> None:
    number = filed(finder, status="found", image=photo())["id"]
    Report.objects.filter(pk=number).update(pet=pet_of(owner))
    assert suggestion(finder, number) is not None
    assert suggestion(owner, number) is None


def test_the_photo_of_the_linked_pet_suggests_nothing(owner: Actor, pet_of: Callable[..., Pet]) -> None:
    assert suggestion(owner, filed(owner, pet_id=pet_of(owner, photo()).pk)["id"]) is None


def test_a_photo_without_a_word_of_the_camera_suggests_nothing(owner: Actor, picture: Callable[..., Any]) -> None:
    assert suggestion(owner, filed(owner, image=picture())["id"]) is None
    assert suggestion(owner, filed(owner)["id"]) is None


def test_a_photo_that_knows_only_its_time_suggests_that(owner: Actor) -> None:
    exif = exif_of_a_phone()
    exif.get_ifd(0x8825).clear()
    number = filed(owner, image=upload(encoded(card(), exif=exif)))["id"]
    assert suggestion(owner, number) == {"latitude": None, "longitude": None, "taken_at": TAKEN["taken_at"]}
