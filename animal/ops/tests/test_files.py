"""P18: what a photo lacks is made up for. And files that no row names go, those that a row names stay."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, storages
from django.core.management import CommandError
from django.utils import timezone

from accounts.models import DataExport
from animal.conftest import Actor
from animal.core.models import BackgroundTask
from animal.images.models import Image
from animal.ops.locks import only_one
from animal.ops.tasks import missing_assets_process
from animal.ops.tests.backups import manage
from animal.pets.models import FeatureStatus, Pet
from animal.recognition.models import PhotoEmbedding

pytestmark = pytest.mark.django_db

EXTRACT = "animal.pets.tasks.extract_pet_features"


@pytest.fixture(autouse=True)
def _own_folders(settings: Any, tmp_path: Path) -> None:
    on_disk = {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    folders = {name: {**on_disk, "OPTIONS": {"location": tmp_path / name}} for name in ("default", "private")}
    settings.STORAGES = {**settings.STORAGES, **folders}


@pytest.fixture
def pet(owner: Actor, picture: Callable[..., Any]) -> Pet:
    form = {"name": "Milo", "category": "Domestic", "type": "Cats", "breed": "Tabby", "images": picture()}
    assert owner.multipart("/api/auth/pets/add/", form).status_code == 201
    return Pet.objects.get()


def put(name: str, *, days_old: float, storage: str = "default") -> str:
    storages[storage].save(name, ContentFile(b"x"))
    then = time.time() - days_old * 86_400
    os.utime(storages[storage].path(name), (then, then))
    return name


def test_p18_a_pet_whose_reading_nobody_asked_for_is_queued_and_one_that_waits_is_not_twice(pet: Pet) -> None:
    assert missing_assets_process() == 0
    BackgroundTask.objects.all().delete()
    assert missing_assets_process() == 1
    assert BackgroundTask.objects.get().key == f"{EXTRACT}:{pet.pk}"
    assert missing_assets_process() == 0


def test_p18_a_photo_whose_reading_is_gone_is_read_again_and_a_damaged_one_not_for_ever(
    pet: Pet, work_off: Callable[[], int]
) -> None:
    Pet.objects.update(feature_status=FeatureStatus.COMPLETED)
    BackgroundTask.objects.all().delete()
    assert not PhotoEmbedding.objects.exists()
    assert missing_assets_process() == 1
    BackgroundTask.objects.update(state=BackgroundTask.State.DONE, finished_at=timezone.now())
    assert missing_assets_process() == 0, "it was tried this week"


def test_p18_smaller_sizes_that_are_gone_are_made_again_from_the_picture(pet: Pet) -> None:
    image = Image.objects.get()
    for name in (image.rendition, image.thumbnail):
        default_storage.delete(str(name))
    assert missing_assets_process() == 2
    with default_storage.open(str(image.thumbnail)) as file:
        assert file.read(3) == b"\xff\xd8\xff"
    Image.objects.update(created_at=timezone.now() - timedelta(days=2))
    default_storage.delete(str(image.thumbnail))
    assert missing_assets_process() == 0, "the schedule looks at new ones"
    assert "1 files made" in manage("process_missing_assets", "--all")


def test_p18_a_picture_that_is_gone_is_told_and_stops_nothing(pet: Pet) -> None:
    image = Image.objects.get()
    for name in (image.master, image.rendition):
        default_storage.delete(str(name))
    with pytest.raises(CommandError, match="Of 1 pictures the file itself is gone"):
        manage("process_missing_assets")
    with pytest.raises(CommandError, match=rf"2 rows have lost their files:\n  images.Image {image.pk}"):
        manage("orphan_files")


def test_a_file_that_no_row_names_goes_once_it_is_old_enough_and_no_other(pet: Pet, owner: Actor) -> None:
    image = Image.objects.get()
    kept = {str(name) for name in (image.master, image.rendition, image.thumbnail)}
    for name in kept:
        os.utime(default_storage.path(name), (0, 0))
    orphan = put(f"photos/ab/ab{'0' * 30}-master.jpg", days_old=2)
    edited = put(f"edited/ab/ab{'0' * 30}.json", days_old=2)
    young = put(f"photos/ab/ab{'1' * 30}-master.jpg", days_old=0.5)
    foreign = put("somebody/elses/notes.txt", days_old=900)
    export = DataExport.objects.create(user=owner.user, expires_at=timezone.now(), parts=1)
    packed = put(f"exports/{export.pk.hex}/pawgle-1.zip", days_old=3, storage="private")
    leftover = put(f"exports/{'0' * 32}/pawgle-1.zip", days_old=3, storage="private")
    said = manage("orphan_files")
    assert "3 belong to no row, 1 more are too young" in said
    assert "1 files are not of PawGle's making" in said
    assert default_storage.exists(orphan), "only told, unless told to delete"
    assert "3 files were deleted" in manage("orphan_files", "--delete")
    assert {name for name in (*kept, orphan, edited, young, foreign) if default_storage.exists(name)} == {
        *(*kept, young, foreign)
    }
    assert [storages["private"].exists(name) for name in (packed, leftover)] == [True, False]
    assert "1 files were deleted" in manage("orphan_files", "--delete", "--grace-hours", "6")


def test_the_wrong_database_does_not_cost_all_the_files(pet: Pet) -> None:
    orphans = [put(f"photos/ab/ab{number:030}-master.jpg", days_old=2) for number in range(51)]
    with pytest.raises(CommandError, match=r"51 of 54 files belong to no row.*Is this the database"):
        manage("orphan_files", "--delete")
    assert default_storage.exists(orphans[0])
    assert "51 files were deleted" in manage("orphan_files", "--delete", "--however-many")


def test_files_are_left_alone_while_a_backup_is_made_or_restored() -> None:
    with only_one("backup"), pytest.raises(CommandError, match="Another backup has been running"):
        manage("orphan_files", "--delete")
