"""What was deleted is forgotten for good after a day, with its files, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from animal.conftest import Actor
from animal.images.models import Image
from animal.images.services import image_store
from animal.pets import purge
from animal.pets.models import Pet
from animal.pets.tasks import pets_purge
from animal.reports.models import Report

pytestmark = pytest.mark.django_db(transaction=True)


def delete(owner: Actor, pet: dict[str, Any], **ago: float) -> None:
    assert owner.delete(f"/api/auth/pets/{pet['id']}/delete/").status_code == 204
    Pet.objects.filter(pk=pet["id"]).update(deleted_at=timezone.now() - timedelta(**ago))


def everything_is_old() -> None:
    Image.objects.update(created_at=timezone.now() - timedelta(days=3))


def test_a_pet_deleted_a_day_ago_is_gone_with_its_files_and_a_fresher_one_stays(
    owner: Actor, add: Callable[..., Any]
) -> None:
    old, fresh, alive = add(owner, name="Old"), add(owner, name="Fresh"), add(owner, name="Alive")
    gone = Image.objects.get(pets=old["id"])
    delete(owner, old, hours=24, minutes=1)
    delete(owner, fresh, hours=23, minutes=59)
    everything_is_old()
    assert pets_purge() == 2
    assert set(Pet.objects.values_list("pk", flat=True)) == {fresh["id"], alive["id"]}
    assert Image.objects.count() == 2
    for name in (gone.master.name, gone.rendition.name, gone.thumbnail.name):
        assert not default_storage.exists(name)
    assert all(default_storage.exists(image.master.name) for image in Image.objects.all())
    assert add(owner, name="Fresh")["id"] == fresh["id"]


def test_a_picture_that_a_report_or_another_pet_shows_stays(
    owner: Actor, add: Callable[..., Any], picture: Any
) -> None:
    pet = add(owner, images=[picture(), picture()])
    in_report, in_pet = Image.objects.order_by("pet_photos__position")
    report = Report.objects.create(
        reporter=owner.user, pet_id=pet["id"], image=in_report, side="lost", status="lost", latitude=1, longitude=1,
        public_latitude=1, public_longitude=1, cell_r4=1, cell_r5=1, cell_r6=1, cell_r7=1,
    )  # fmt: skip
    add(owner, name="Heir", images=None, existing_images=f'["{pet["images"][1]}"]')
    delete(owner, pet, days=2)
    everything_is_old()
    assert pets_purge() == 1
    assert set(Image.objects.all()) == {in_report, in_pet}
    report.refresh_from_db()
    assert (report.pet_id, report.image_id) == (None, in_report.pk)


def test_a_picture_whose_request_died_is_removed_but_not_while_the_request_may_still_run(
    owner: Actor, picture: Any
) -> None:
    image = image_store(upload=picture(), uploader=owner.user, source="report")
    assert pets_purge() == 0
    everything_is_old()
    assert pets_purge() == 1
    assert not default_storage.exists(image.master.name)


def test_a_long_purge_goes_on_in_another_step(
    owner: Actor, add: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, work_off: Callable[[], int]
) -> None:
    for number in range(3):
        delete(owner, add(owner, name=f"Pet {number}"), days=2)
    monkeypatch.setattr(purge, "BATCH", 1)
    monkeypatch.setattr(purge, "STEP_SECONDS", -1.0)
    assert pets_purge() == 1
    work_off()
    assert Pet.objects.count() == 0
