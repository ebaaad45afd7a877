"""The exact index follows the database: many threads, rolled back transactions, restored databases."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from django.db import OperationalError, connection, transaction

from animal.recognition.errors import IndexUnavailable
from animal.recognition.index import SearchQuery, columns, exact
from animal.recognition.index.exact import ExactIndex
from animal.recognition.index.scan import scan
from animal.recognition.models import ChangeCounter, GalleryEntry
from animal.recognition.services import gallery_remove, gallery_update
from animal.recognition.tests.gallery import VERSION, put, unit

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(11)


@pytest.fixture
def index() -> ExactIndex:
    return ExactIndex(lambda: VERSION)


def ids(index: ExactIndex, probe: np.ndarray, **changes: object) -> list[int]:
    query = SearchQuery(**({"vectors": probe, "kinds": ["pet"], "limit": 500} | changes))
    return sorted(hit.object_id for hit in index.search(query))


def test_a_search_sees_what_was_committed_before_it(index: ExactIndex, rng) -> None:
    for number in range(1, 4):
        put("pet", number, unit(rng, 3))
        assert ids(index, unit(rng)) == list(range(1, number + 1))
    gallery_remove(kind="pet", object_id=2)
    gallery_update(kind="pet", object_id=3, side="home")
    assert ids(index, unit(rng)) == [1, 3]
    assert ids(index, unit(rng), sides=["lost"]) == [1]


def test_an_unchanged_gallery_costs_one_query(index: ExactIndex, rng, django_assert_num_queries) -> None:
    put("pet", 1, unit(rng, 3))
    ids(index, unit(rng))
    with django_assert_num_queries(1):
        assert ids(index, unit(rng)) == [1]


def test_a_change_is_read_without_reading_the_rest_again(index: ExactIndex, rng, monkeypatch) -> None:
    for number in range(1, 6):
        put("pet", number, unit(rng, 2))
    ids(index, unit(rng))
    put("pet", 6, unit(rng, 2))
    read: list[int] = []
    original = columns.Columns.put
    monkeypatch.setattr(
        columns.Columns, "put", lambda self, rows: original(self, kept := list(rows)) or read.append(len(kept))
    )
    assert ids(index, unit(rng)) == [1, 2, 3, 4, 5, 6]
    assert sum(read) == 2


def test_what_is_rolled_back_was_never_in_the_index(index: ExactIndex, rng) -> None:
    put("pet", 1, unit(rng))
    with transaction.atomic():
        put("pet", 2, unit(rng))
        assert ids(index, unit(rng)) == [1, 2], "one's own transaction sees its own rows"
        transaction.set_rollback(True)
    put("pet", 3, unit(rng))  # Takes the number that the rolled back change had.
    assert ids(index, unit(rng)) == [1, 3]


def test_a_restored_backup_is_noticed_by_a_lower_change_number(index: ExactIndex, rng) -> None:
    put("pet", 1, unit(rng))
    put("pet", 2, unit(rng))
    assert ids(index, unit(rng)) == [1, 2]
    GalleryEntry.objects.filter(object_id=2).delete()
    ChangeCounter.objects.update(value=1)
    assert ids(index, unit(rng)) == [1]


@pytest.mark.parametrize("changes", [1, 2])
def test_another_database_is_noticed_by_its_epoch_whatever_its_number(index: ExactIndex, rng, changes: int) -> None:
    put("pet", 1, unit(rng))
    assert ids(index, unit(rng)) == [1]
    GalleryEntry.objects.all().delete()
    ChangeCounter.objects.all().delete()
    for _ in range(changes):
        put("pet", 2, unit(rng))
    assert ids(index, unit(rng)) == [2]


def test_rows_deleted_past_the_services_are_noticed_with_the_next_change_number(index: ExactIndex, rng) -> None:
    put("pet", 1, unit(rng))
    put("pet", 2, unit(rng))
    assert ids(index, unit(rng)) == [1, 2]
    gallery_update(kind="pet", object_id=2, side="home")
    GalleryEntry.objects.filter(object_id=2).delete()
    assert ids(index, unit(rng)) == [1]


def test_a_new_model_version_changes_what_is_compared(rng) -> None:
    version = "v1"
    index = ExactIndex(lambda: version)
    put("pet", 1, unit(rng), version="v1")
    put("pet", 2, unit(rng), version="v2")
    assert ids(index, unit(rng)) == [1]
    version = "v2"
    assert ids(index, unit(rng)) == [2]


def test_a_damaged_vector_does_not_stop_the_search(index: ExactIndex, rng) -> None:
    put("pet", 1, unit(rng))
    put("pet", 2, unit(rng))
    GalleryEntry.objects.filter(object_id=1).update(vector=b"short")
    assert ids(index, unit(rng)) == [2]


def test_growing_and_compacting_lose_nothing(index: ExactIndex, rng, monkeypatch) -> None:
    monkeypatch.setattr(columns, "FIRST_CAPACITY", 2)
    monkeypatch.setattr(columns, "MIN_DEAD_TO_COMPACT", 5)
    monkeypatch.setattr(exact, "PAGE_ROWS", 7)
    vectors = {number: unit(rng, 2) for number in range(1, 31)}
    for round_ in range(3):
        for number, rows in vectors.items():
            put("pet", number, rows)
            if number % 10 == round_:
                assert number in ids(index, rows[0])
    for number, rows in vectors.items():
        best = index.search(SearchQuery(vectors=rows[1], kinds=["pet"], limit=1))[0]
        assert (best.object_id, round(best.cosine, 4)) == (number, 1.0)
    assert len(index._columns._live) < 150, "three rounds of 60 rows must have been compacted"


def test_when_the_database_does_not_answer_the_index_says_so_and_recovers(index: ExactIndex, rng) -> None:
    put("pet", 1, unit(rng))

    def refuse(execute, sql, params, many, context):
        raise OperationalError("disk I/O error")

    with connection.execute_wrapper(refuse), pytest.raises(IndexUnavailable, match="disk I/O error"):
        ids(index, unit(rng))
    assert ids(index, unit(rng)) == [1]


def refuse_entries(execute, sql, params, many, context):
    if "galleryentry" in sql:
        raise OperationalError("gone away")
    return execute(sql, params, many, context)


def test_a_reading_that_breaks_off_is_done_again(index: ExactIndex, rng) -> None:
    put("pet", 1, unit(rng))
    ids(index, unit(rng))
    put("pet", 2, unit(rng))
    with connection.execute_wrapper(refuse_entries), pytest.raises(IndexUnavailable):
        ids(index, unit(rng))
    assert ids(index, unit(rng)) == [1, 2]


def test_a_full_reading_that_breaks_off_is_not_taken_for_the_state_before_it(index: ExactIndex, rng) -> None:
    for number in (1, 2, 3):
        put("pet", number, unit(rng))
    ids(index, unit(rng))
    ChangeCounter.objects.update(value=1)
    with connection.execute_wrapper(refuse_entries), pytest.raises(IndexUnavailable):
        ids(index, unit(rng))
    ChangeCounter.objects.update(value=3)
    put("pet", 4, unit(rng))
    assert ids(index, unit(rng)) == [1, 2, 3, 4]


def test_what_a_reader_holds_does_not_change_under_it(index: ExactIndex, rng) -> None:
    put("pet", 1, probe := unit(rng))
    ids(index, probe)
    held = index._published.snapshot
    put("pet", 1, unit(rng))
    gallery_remove(kind="pet", object_id=1)
    assert ids(index, probe) == []
    assert scan(held, SearchQuery(vectors=probe, kinds=["pet"], limit=1), VERSION)[0].cosine > 0.999


def test_threads_that_add_and_search_at_once_see_whole_objects_and_lose_none(index: ExactIndex, rng) -> None:
    """A pet's two vectors are opposite: whoever sees both finds it at 1 from either side."""
    vectors = {number: np.concatenate([base := unit(rng), -base]) for number in range(1, 41)}
    committed: set[int] = set()
    stop, torn = threading.Event(), []

    def add(numbers: list[int]) -> None:
        try:
            for number in numbers:
                put("pet", number, vectors[number])
                committed.add(number)
                gallery_update(kind="pet", object_id=number, species="dog")
        finally:
            connection.close()

    def search(seed: int) -> int:
        own, rounds = np.random.default_rng(seed), 0
        try:
            while not stop.is_set() or rounds < 5:
                before = set(committed)
                present = set(ids(index, unit(own)))
                if not before <= present:
                    torn.append(f"missing {before - present}")
                for number in list(before)[:3]:
                    for probe in vectors[number]:
                        best = index.search(SearchQuery(vectors=probe, kinds=["pet"], limit=1))[0]
                        if best.object_id != number or best.cosine < 0.999:
                            torn.append(f"{number} found as {best}")
                rounds += 1
        finally:
            connection.close()
        return rounds

    with ThreadPoolExecutor(6) as pool:
        searchers = [pool.submit(search, seed) for seed in range(3)]
        adders = [pool.submit(add, list(range(start, 41, 2))) for start in (1, 2)]
        for adder in adders:
            adder.result(60)
        stop.set()
        assert all(searcher.result(60) >= 5 for searcher in searchers)
    assert torn == []
    assert ids(index, unit(rng)) == list(range(1, 41))
    assert ids(index, unit(rng), species="cat") == []
