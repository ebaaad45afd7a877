"""What every index engine answers."""

from __future__ import annotations

import numpy as np
import pytest

from animal.recognition.index import Hit, SearchQuery
from animal.recognition.services import gallery_put, gallery_remove, gallery_update
from animal.recognition.tests.conftest import Engine
from animal.recognition.tests.gallery import Model, agree, payload, put, unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def found(engine: Engine, vectors: np.ndarray, **changes: object) -> list[tuple[str, int]]:
    engine.settle()
    query = SearchQuery(**({"vectors": vectors, "kinds": ["pet", "report"], "limit": 10} | changes))
    return [(hit.kind, hit.object_id) for hit in engine.index.search(query)]


def test_an_empty_gallery_answers_with_nothing(engine: Engine, rng) -> None:
    assert found(engine, unit(rng)) == []


def test_the_best_of_an_objects_vectors_counts_and_it_appears_once(engine: Engine, rng) -> None:
    near, far, probe = unit(rng)[0], unit(rng)[0], unit(rng)[0]
    put("pet", 1, np.stack([far, probe, near]))
    put("pet", 2, np.stack([near]))
    engine.settle()
    hits = engine.index.search(SearchQuery(vectors=np.stack([probe, far]), kinds=["pet"], limit=5))
    assert [hit.object_id for hit in hits] == [1, 2]
    assert hits[0].cosine == pytest.approx(1.0, abs=1e-5)


def test_pets_and_reports_of_one_number_are_different_objects(engine: Engine, rng) -> None:
    vectors = unit(rng, 2)
    put("pet", 5, vectors[:1])
    put("report", 5, vectors[1:])
    assert found(engine, vectors[1]) == [("report", 5), ("pet", 5)]
    assert found(engine, vectors[1], kinds=["pet"]) == [("pet", 5)]


def test_a_removed_object_is_gone_and_can_come_back(engine: Engine, rng) -> None:
    vectors = unit(rng, 2)
    put("pet", 1, vectors)
    assert found(engine, vectors[0]) == [("pet", 1)]
    assert gallery_remove(kind="pet", object_id=1)
    assert found(engine, vectors[0]) == []
    assert not gallery_remove(kind="pet", object_id=1)
    put("pet", 1, vectors[:1])
    assert found(engine, vectors[0]) == [("pet", 1)]


def test_replaced_vectors_are_forgotten(engine: Engine, rng) -> None:
    old, new = unit(rng, 3), unit(rng, 1)
    put("pet", 1, old)
    engine.settle()
    put("pet", 1, new)
    engine.settle()
    hits = engine.index.search(SearchQuery(vectors=old, kinds=["pet"], limit=5))
    assert hits[0].cosine < 0.5


def test_a_changed_payload_is_searched_by(engine: Engine, rng) -> None:
    vectors = unit(rng, 2)
    put("pet", 1, vectors, side="home", latitude=10.0, longitude=20.0)
    assert found(engine, vectors[0], sides=["lost"]) == []
    assert gallery_update(kind="pet", object_id=1, side="lost", latitude=None, longitude=None)
    assert found(engine, vectors[0], sides=["lost"]) == [("pet", 1)]
    assert found(engine, vectors[0], near=(10.0, 20.0, 5.0)) == []
    assert not gallery_update(kind="pet", object_id=99, side="lost")
    with pytest.raises(TypeError):
        gallery_update(kind="pet", object_id=1, vector=b"")


def test_vectors_of_another_model_version_are_not_compared(engine: Engine, rng) -> None:
    vectors = unit(rng)
    put("pet", 1, vectors, version="v0")
    assert found(engine, vectors) == []
    put("pet", 1, vectors)
    assert found(engine, vectors) == [("pet", 1)]
    put("pet", 1, vectors, version="v0")
    assert found(engine, vectors) == []


def test_a_private_pet_is_seen_by_its_owner_and_by_everybody_once_it_is_lost(engine: Engine, rng) -> None:
    vectors = unit(rng)
    put("pet", 1, vectors, side="home", is_public=False, owner_id=3)
    assert found(engine, vectors, visible_to=4) == []
    assert found(engine, vectors, visible_to=3) == [("pet", 1)]
    assert found(engine, vectors) == [("pet", 1)]
    gallery_update(kind="pet", object_id=1, side="lost")
    assert found(engine, vectors, visible_to=4) == [("pet", 1)]


def test_test_data_never_meets_real_data(engine: Engine, rng) -> None:
    vectors = unit(rng)
    put("pet", 1, vectors, is_test=True)
    put("pet", 2, vectors, is_test=False)
    assert found(engine, vectors, is_test=True) == [("pet", 1)]
    assert found(engine, vectors, is_test=False) == [("pet", 2)]


def test_species_pass_when_equal_unknown_or_confused_by_a_network(engine: Engine, rng) -> None:
    vectors = unit(rng)
    for object_id, (species, detected) in enumerate(
        [("sheep", False), ("goat", False), ("goat", True), ("", False), ("dog", True)], start=1
    ):
        put("report", object_id, vectors, species=species, species_detected=detected)
    assert {number for _, number in found(engine, vectors, species="sheep")} == {1, 3, 4}
    assert {number for _, number in found(engine, vectors, species="sheep", species_detected=True)} == {1, 2, 3, 4}
    assert len(found(engine, vectors, species="")) == 5


def test_the_circle_reaches_over_the_date_line_and_leaves_out_what_has_no_place(engine: Engine, rng) -> None:
    vectors = unit(rng)
    put("report", 1, vectors, latitude=-17.0, longitude=179.9)
    put("report", 2, vectors, latitude=-17.0, longitude=-179.9)
    put("report", 3, vectors, latitude=-17.0, longitude=178.0)
    put("report", 4, vectors)
    near = (-17.0, 179.95, 30.0)
    assert set(found(engine, vectors, near=near)) == {("report", 1), ("report", 2)}
    assert set(found(engine, vectors, near=near, allow_placeless=True)) == {("report", 1), ("report", 2), ("report", 4)}


def test_ones_own_entries_can_be_left_out(engine: Engine, rng) -> None:
    vectors = unit(rng)
    put("report", 1, vectors, owner_id=8)
    put("report", 2, vectors, owner_id=9)
    assert found(engine, vectors, exclude_owner=8) == [("report", 2)]


def test_the_limit_counts_objects_however_many_vectors_they_have(engine: Engine, rng) -> None:
    probe = unit(rng)
    for object_id in range(1, 6):
        put("pet", object_id, np.repeat(probe, 11, axis=0))
    put("pet", 6, unit(rng))
    assert len(found(engine, probe, limit=5)) == 5
    assert len(found(engine, probe, limit=6)) == 6


@pytest.mark.parametrize("bad", [np.ones(511), np.full(512, np.nan), np.empty((0, 512))])
def test_a_probe_that_is_no_vector_is_refused(bad: np.ndarray) -> None:
    with pytest.raises(ValueError):
        SearchQuery(vectors=bad, kinds=["pet"], limit=1)


def _random_payload(rng: np.random.Generator) -> dict:
    placed = rng.random() < 0.8
    return {
        "side": str(rng.choice(["lost", "found", "home"])),
        "species": str(rng.choice(["cat", "dog", "sheep", "goat", "rabbit", ""])),
        "species_detected": bool(rng.random() < 0.5),
        "owner_id": int(rng.integers(1, 5)),
        "is_public": bool(rng.random() < 0.5),
        "is_test": bool(rng.random() < 0.3),
        # Two clusters: one in a town, one around the date line near the pole, where boxes and cells go wrong first.
        "latitude": float(rng.choice([48.1, 84.0]) + rng.normal(0, 0.5)) if placed else None,
        "longitude": float((rng.choice([11.5, 180.0]) + rng.normal(0, 1.5) + 540) % 360 - 180) if placed else None,
    }


def _random_query(rng: np.random.Generator) -> SearchQuery:
    maybe = lambda value: value if rng.random() < 0.4 else None  # noqa: E731
    place = (float(rng.choice([48.1, 84.0])), float(rng.choice([11.5, 179.9, -179.9])), float(rng.choice([5, 50, 300])))
    return SearchQuery(
        vectors=unit(rng, int(rng.integers(1, 4))),
        kinds=[["pet"], ["report"], ["pet", "report"]][rng.integers(3)],
        limit=int(rng.integers(1, 15)),
        sides=maybe([["lost"], ["found", "home"]][rng.integers(2)]),
        species=maybe(str(rng.choice(["cat", "sheep", "rabbit", ""]))),
        species_detected=bool(rng.random() < 0.5),
        is_test=maybe(bool(rng.random() < 0.5)),
        near=maybe(place),
        allow_placeless=bool(rng.random() < 0.5),
        exclude_owner=maybe(int(rng.integers(1, 5))),
        visible_to=maybe(int(rng.integers(1, 5))),
    )


def test_random_searches_of_a_changing_gallery_agree_with_brute_force(engine: Engine, rng) -> None:
    model, nonempty = Model(), 0
    for step in range(60):
        kind, number = str(rng.choice(["pet", "report"])), int(rng.integers(1, 25))
        known = (kind, number) in model.objects
        if known and rng.random() < 0.2:
            gallery_remove(kind=kind, object_id=number)
            del model.objects[kind, number]
        elif known and rng.random() < 0.4:
            changes = _random_payload(rng)
            gallery_update(kind=kind, object_id=number, **changes)
            model.objects[kind, number] = (model.objects[kind, number][0], payload(**changes))
        else:
            vectors, changes = unit(rng, int(rng.integers(1, 5))), _random_payload(rng)
            gallery_put(kind=kind, object_id=number, vectors=list(vectors), version="v1", payload=payload(**changes))
            model.objects[kind, number] = (vectors, payload(**changes))
        if step % 5 == 4:
            engine.settle()
            for _ in range(8):
                query = _random_query(rng)
                expected: list[Hit] = model.search(query)
                nonempty += bool(expected)
                assert agree(engine.index.search(query), expected), query
    assert nonempty > 40, "the searches must not be empty ones"
