"""Writing the gallery: what is stored, what stays a tombstone, and the order of changes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from django.db import connection, transaction
from django_q.models import OrmQ

from animal.core.models import BackgroundTask
from animal.recognition import services
from animal.recognition.index import SearchQuery
from animal.recognition.index.exact import ExactIndex
from animal.recognition.models import ChangeCounter, GalleryEntry
from animal.recognition.providers import get_embedder
from animal.recognition.selectors import gallery_count
from animal.recognition.services import gallery_put, gallery_remove, gallery_update
from animal.recognition.tests.gallery import VERSION, payload, put, unit
from animal.recognition.vectors import from_bytes, to_bytes


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(3)


def number() -> int:
    return ChangeCounter.objects.get().value


@pytest.mark.django_db
def test_every_write_takes_the_next_number_and_marks_its_rows_with_it(rng) -> None:
    put("pet", 1, unit(rng, 3))
    put("report", 1, unit(rng, 1))
    gallery_update(kind="pet", object_id=1, side="found")
    assert number() == 3
    assert set(GalleryEntry.objects.filter(kind="pet").values_list("change", "side")) == {(3, "found")}
    assert GalleryEntry.objects.get(kind="report").change == 2


@pytest.mark.django_db
def test_what_changes_nothing_takes_no_number(rng) -> None:
    put("pet", 1, unit(rng))
    assert not gallery_update(kind="pet", object_id=2, side="lost")
    assert not gallery_remove(kind="report", object_id=1)
    assert number() == 1


@pytest.mark.django_db
def test_a_removed_object_leaves_tombstones_that_know_neither_vector_nor_place(rng) -> None:
    put("pet", 1, unit(rng, 2), version=get_embedder().version, latitude=1.0, longitude=2.0)
    assert gallery_count(is_test=False) == 1
    gallery_remove(kind="pet", object_id=1)
    rows = GalleryEntry.objects.values_list("is_live", "vector", "latitude", "longitude", "change")
    assert set(rows) == {(False, b"", None, None, 2)}
    assert gallery_count(is_test=False) == 0


@pytest.mark.django_db(transaction=True)
def test_tombstones_are_swept_once_they_are_many_and_every_reader_still_forgets_what_is_gone(rng, monkeypatch) -> None:
    monkeypatch.setattr(services, "MIN_TOMBSTONES", 3)
    vectors = unit(rng, 3)
    put("pet", 1, vectors)
    put("pet", 2, vectors[:1])
    put("pet", 3, vectors[1:2])
    behind, knows = ExactIndex(lambda: VERSION), ExactIndex(lambda: VERSION)
    found = SearchQuery(vectors=vectors, kinds=["pet"], limit=9)
    for reader in (behind, knows):
        assert {hit.object_id for hit in reader.search(found)} == {1, 2, 3}
    gallery_remove(kind="pet", object_id=1)
    assert services.gallery_sweep() == 0, "too few to be worth it"
    gallery_remove(kind="pet", object_id=2)
    assert {hit.object_id for hit in knows.search(found)} == {3}
    assert services.gallery_sweep() == 4
    assert list(GalleryEntry.objects.values_list("object_id", flat=True)) == [3]
    put("pet", 4, vectors[2:])
    for reader in (behind, knows):
        assert {hit.object_id for hit in reader.search(found)} == {3, 4}, "also one that never saw the tombstones"
    put("pet", 1, vectors)
    assert {hit.object_id for hit in behind.search(found)} == {1, 3, 4}


@pytest.mark.django_db
def test_tombstones_stay_until_qdrant_was_told_and_a_failed_sweep_leaves_epoch_and_rows(
    rng, settings, monkeypatch
) -> None:
    monkeypatch.setattr(services, "MIN_TOMBSTONES", 0)
    put("pet", 1, unit(rng))
    settings.QDRANT_CLUSTER_ENDPOINT = "http://qdrant.test:6333"
    gallery_remove(kind="pet", object_id=1)
    epoch = ChangeCounter.objects.get().epoch
    assert services.gallery_sweep() == 0
    BackgroundTask.objects.update(state=BackgroundTask.State.DONE)
    with transaction.atomic():
        assert services.gallery_sweep() == 1
        transaction.set_rollback(True)
    assert (GalleryEntry.objects.count(), ChangeCounter.objects.get().epoch) == (1, epoch)
    assert services.gallery_sweep() == 1
    assert ChangeCounter.objects.get().epoch != epoch


@pytest.mark.django_db
def test_no_vectors_take_an_object_out(rng) -> None:
    put("pet", 1, unit(rng))
    gallery_put(kind="pet", object_id=1, vectors=[], version="v1", payload=payload())
    assert gallery_count(is_test=False) == 0


@pytest.mark.django_db
def test_putting_twice_leaves_one_row_for_each_slot(rng) -> None:
    vectors = unit(rng, 3)
    put("pet", 1, vectors)
    put("pet", 1, vectors)
    rows = GalleryEntry.objects.order_by("slot")
    assert [(row.slot, row.is_live) for row in rows] == [(0, True), (1, True), (2, True)]
    assert all(np.allclose(from_bytes(row.vector), vectors[row.slot], atol=1e-6) for row in rows)


@pytest.mark.django_db
def test_a_rolled_back_transaction_takes_its_number_back(rng) -> None:
    put("pet", 1, unit(rng))
    with transaction.atomic():
        put("pet", 2, unit(rng))
        transaction.set_rollback(True)
    assert (number(), GalleryEntry.objects.count()) == (1, 1)


@pytest.mark.django_db
def test_without_qdrant_nothing_is_queued_and_with_it_one_task_in_the_same_transaction(rng, settings) -> None:
    put("pet", 1, unit(rng))
    assert OrmQ.objects.count() == 0
    settings.QDRANT_CLUSTER_ENDPOINT = "http://qdrant.test:6333"
    with transaction.atomic():
        put("pet", 1, unit(rng))
        assert OrmQ.objects.count() == 1
        transaction.set_rollback(True)
    assert OrmQ.objects.count() == 0


@pytest.mark.parametrize("bad", [np.zeros(512), np.full(512, np.inf), np.ones(511), np.ones((1, 512))])
def test_what_is_no_vector_is_refused(bad: np.ndarray) -> None:
    with pytest.raises(ValueError):
        to_bytes(bad)


def test_a_stored_vector_has_length_one_and_comes_back() -> None:
    vector = np.arange(512, dtype=np.float64)
    assert np.allclose(from_bytes(to_bytes(vector)), vector / np.linalg.norm(vector), atol=1e-6)
    with pytest.raises(ValueError):
        from_bytes(b"short")


@pytest.mark.django_db(transaction=True)
def test_writers_at_the_same_time_take_different_numbers(rng) -> None:
    vectors = unit(rng, 40)

    def write(start: int) -> None:
        try:
            for object_id in range(start, start + 10):
                put("pet", object_id, vectors[object_id : object_id + 1])
                put("pet", 99, vectors[object_id : object_id + 1])
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        for result in [pool.submit(write, start) for start in (0, 10, 20, 30)]:
            result.result(60)
    assert number() == 80
    changes = list(GalleryEntry.objects.values_list("change", flat=True))
    assert len(changes) == len(set(changes)) == 41
