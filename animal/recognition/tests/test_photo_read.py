"""A photo is read once for each model version, and failures say what kind they are."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from animal.core.tasks import DependencyDown, Permanent
from animal.images.models import Image
from animal.images.services import image_store
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


@pytest.mark.django_db
def test_a_missing_model_is_waited_for(settings, tmp_path) -> None:
    image = stored("chelsea/a.jpg")
    blocked = tmp_path / "models"
    blocked.write_text("a file where the folder should be")
    whole, settings.MODEL_CACHE_DIR = settings.MODEL_CACHE_DIR, blocked
    with pytest.raises(DependencyDown):
        photo_read(image)
    settings.MODEL_CACHE_DIR = whole
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
