"""A photo is read once for each model version, and failures say what kind they are."""

from __future__ import annotations

import errno
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
from botocore.config import Config
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from animal.core.tasks import DependencyDown, Permanent
from animal.images.models import Image
from animal.images.services import image_store
from animal.images.tests.stored import keep_on_disk
from animal.recognition.models import PhotoEmbedding
from animal.recognition.providers import get_embedder
from animal.recognition.services import photo_read

PHOTOS = Path(settings.BASE_DIR) / "animal" / "demo" / "photos"


def stored(name: str) -> Image:
    upload = SimpleUploadedFile("photo.jpg", (PHOTOS / name).read_bytes(), "image/jpeg")
    return image_store(upload=upload, uploader=None, source=Image.Source.REPORT)


@pytest.mark.django_db
def test_a_photo_of_a_cat_is_read_once_and_stored() -> None:
    image = stored("chelsea/a.jpg")
    reading = photo_read(image)
    vector = reading.as_array()
    assert (vector.shape, vector.dtype) == ((512,), np.float32)
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)
    assert (reading.species, reading.model, reading.version) == ("cat", "onnx", get_embedder().version)
    assert len(reading.box) == 4
    assert all(0 <= edge <= 1 for edge in reading.box)
    default_storage.delete(image.master.name)  # Proves that the second call does not read the picture again.
    assert photo_read(image).pk == reading.pk


@pytest.mark.django_db
def test_a_photo_without_an_animal_has_no_vector() -> None:
    reading = photo_read(stored("no_animal/rocket.jpg"))
    assert (bytes(reading.vector), reading.as_array()) == (b"", None)


@pytest.mark.django_db
def test_a_reading_of_an_older_version_is_not_taken_for_the_current_one() -> None:
    image = stored("chelsea/a.jpg")
    old = PhotoEmbedding.objects.create(image=image, model="onnx", version="older", vector=b"")
    assert photo_read(image).pk != old.pk
    assert PhotoEmbedding.objects.filter(image=image).count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize("damage", ["gone", "truncated", "other bytes"])
def test_a_damaged_picture_is_a_permanent_failure_with_a_sentence(damage: str) -> None:
    image = stored("chelsea/a.jpg")
    content = default_storage.open(image.master.name).read()
    default_storage.delete(image.master.name)
    if damage != "gone":
        rest = content[: len(content) // 3] if damage == "truncated" else b"other bytes"
        assert default_storage.save(image.master.name, ContentFile(rest)) == image.master.name
    with pytest.raises(Permanent, match="Please add the photo again"):
        photo_read(image)
    assert not PhotoEmbedding.objects.exists()


def too_many_files(self: FileSystemStorage, name: str, mode: str = "rb") -> NoReturn:
    raise OSError(errno.EMFILE, os.strerror(errno.EMFILE), name)


@pytest.mark.django_db
@pytest.mark.parametrize("trouble", ["too many open files", "a disk that cannot be read", "an object store away"])
def test_a_picture_store_that_does_not_work_is_waited_for(trouble: str, monkeypatch, settings, tmp_path) -> None:
    keep_on_disk(settings, tmp_path / "media")
    image = stored("chelsea/a.jpg")
    folder, storages = settings.MEDIA_ROOT, settings.STORAGES
    with monkeypatch.context() as outage:
        if trouble == "too many open files":
            outage.setattr(FileSystemStorage, "_open", too_many_files)
        elif trouble == "a disk that cannot be read":
            # Address 0 of a process is mapped nowhere: the file can be opened, and reading it is an EIO.
            master = tmp_path / image.master.name
            master.parent.mkdir(parents=True)
            master.symlink_to("/proc/self/mem")
            settings.MEDIA_ROOT = tmp_path
        else:
            nobody_listens = {
                "endpoint_url": "http://127.0.0.1:9",
                "bucket_name": "pawgle",
                "access_key": "a",
                "secret_key": "b",
                "region_name": "auto",
                "client_config": Config(retries={"max_attempts": 0}),
            }
            s3 = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": nobody_listens}
            settings.STORAGES = {**storages, "default": s3}
        with pytest.raises(DependencyDown, match="The picture store does not answer"):
            photo_read(image)
    settings.MEDIA_ROOT, settings.STORAGES = folder, storages
    assert photo_read(image).species == "cat"


@pytest.mark.django_db
def test_a_missing_model_is_waited_for(settings, tmp_path) -> None:
    image = stored("chelsea/a.jpg")
    blocked = tmp_path / "models"
    blocked.write_text("a file where the folder should be")
    whole, settings.MODEL_DIR = settings.MODEL_DIR, blocked
    with pytest.raises(DependencyDown):
        photo_read(image)
    settings.MODEL_DIR = whole
    assert photo_read(image).species == "cat"


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_read_one_photo_at_once_store_one_reading() -> None:
    image = stored("chelsea/a.jpg")
    get_embedder().read([])
    together = threading.Barrier(2)

    def read() -> int:
        try:
            together.wait(10)
            return photo_read(image).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.submit(read), pool.submit(read)
        assert first.result(60) == second.result(60)
    assert PhotoEmbedding.objects.count() == 1
