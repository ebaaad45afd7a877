"""The exact index answers as comparing every vector would, though it looks at eight bits of most of them only."""

from __future__ import annotations

import numpy as np
import onnx.parser
import pytest
from numpy.typing import NDArray

from animal.recognition.index import Hit, SearchQuery, scan
from animal.recognition.index.coarse import PRODUCT, CoarseProbes, coarse_cosines
from animal.recognition.index.columns import KINDS, Columns
from animal.recognition.index.fixed_point import LARGEST_CODE, STEPS, FixedPoint, are_vectors
from animal.recognition.index.query import best_first
from animal.recognition.tests.gallery import VERSION, unit
from animal.recognition.unit_vectors import normalised

Vectors = NDArray[np.float32]
CLOSE = "closer to each other than eight bits tell"
SIGNS = np.random.default_rng(3).choice([-1.0, 1.0], 512)
ALONG = "what codes leave out lies along the probe"
PROBE_KINDS = ("signs", "one", "three", "one of the rows", "zeros", "one number")


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch) -> None:
    monkeypatch.setattr(scan, "STRAIGHT_ROWS", 20)
    monkeypatch.setattr(scan, "CODE_ROWS", 300)
    monkeypatch.setattr(scan, "VECTOR_ROWS", 70)


def columns_of(vectors: Vectors, rng: np.random.Generator) -> Columns:
    """Objects of up to 3 rows, not in the order of their ids, of all kinds, sides, species and places."""
    columns, ids = Columns(), rng.permutation(len(vectors)) // 3
    columns.put(
        (
            row + 1,
            1,
            True,
            VERSION if row % 17 else "older",
            vector.tobytes(),
            ("pet", "report")[row % 2],
            int(ids[row]),
            ("lost", "found", "home")[row % 3],
            ("dog", "cat", "")[row % 3],
            row % 5 == 0,
            row % 7,
            row % 4 > 0,
            row % 11 == 0,
            None if row % 6 == 0 else 48.0 + row % 10 / 10,
            None if row % 6 == 0 else 11.0,
        )
        for row, vector in enumerate(vectors)
    )
    return columns


def brute_force(columns: Columns, query: SearchQuery) -> list[Hit]:
    """Every vector that the index has, and float32 throughout."""
    snapshot = columns.snapshot()
    rows = scan._passing(snapshot, query, snapshot.versions[VERSION])
    vectors = snapshot.vectors[rows].vectors()
    cosines = np.max([np.einsum("nd,d->n", vectors, probe) for probe in query.probes], axis=0)
    kinds, ids = snapshot.meta["kind"][rows], snapshot.meta["object_id"][rows]
    found = zip(kinds.tolist(), ids.tolist(), np.clip(cosines, -1, 1).tolist(), strict=True)
    return best_first((Hit(KINDS[kind], object_id, cosine) for kind, object_id, cosine in found), query.limit)


def gallery(kind: str, rng: np.random.Generator) -> Vectors:
    vectors = unit(rng, 900)
    if kind == "many equal":
        vectors[100:800] = vectors[100]
    elif kind == "all equal":
        vectors[:] = vectors[0]
    elif kind == CLOSE:
        vectors = normalised(vectors[:1] + rng.normal(0, 1e-5, vectors.shape).astype(np.float32))
    elif kind == "near zero":
        vectors[::3] = 0
        vectors[1::3] *= np.float32(1e-30)
        vectors[2::9] *= np.float32(1e-42)
    elif kind == "one large number":
        vectors *= np.float32(0.001)
        vectors[np.arange(900), rng.integers(0, 512, 900)] = 1
        vectors = normalised(vectors)
    elif kind == ALONG:
        # Numbers of codes, the first always the largest; the worse they fit the probe, the better the rest may.
        codes = np.rint(
            rng.normal(0, 30, 512).clip(-100, 100) - SIGNS * (rng.random((900, 512)) < rng.random((900, 1)))
        )
        vectors = codes + SIGNS * rng.choice([-0.49, 0, 0.49], (900, 1))
        vectors[:, 0] = 127
        vectors = normalised(vectors.astype(np.float32))
    return vectors


def probes_of(kind: str, vectors: Vectors, rng: np.random.Generator) -> Vectors:
    if kind == "zeros":
        return np.zeros((1, 512), np.float32)
    if kind == "signs":
        return SIGNS[np.newaxis].astype(np.float32)
    if kind == "one number":
        return np.eye(512, dtype=np.float32)[rng.integers(0, 512, 2)]
    if kind == "one of the rows":
        return vectors[300:301]
    return unit(rng, 3 if kind == "three" else 1)


@pytest.mark.parametrize("probe", PROBE_KINDS)
@pytest.mark.parametrize(
    "kind",
    [
        "random",
        "many equal",
        "all equal",
        CLOSE,
        ALONG,
        "near zero",
        "one large number",
    ],
)
def test_the_answer_is_that_of_comparing_every_vector(kind: str, probe: str, rng) -> None:
    vectors = gallery(kind, rng)
    columns = columns_of(vectors, rng)
    filters: list[dict] = [
        {},
        {"kinds": ["pet"]},
        {"species": "dog", "is_test": False},
        {"sides": ["found"], "exclude_owner": 3, "visible_to": 2},
        {"near": (48.3, 11.0, 30.0)},
        {"near": (48.3, 11.0, 30.0), "allow_placeless": True, "species": "cat", "species_detected": True},
    ]
    for chosen in filters:
        for limit in (1, 2, 10, 60, 5000):
            arguments: dict = {"kinds": ["pet", "report"], "limit": limit, "vectors": probes_of(probe, vectors, rng)}
            query = SearchQuery(**(arguments | chosen))
            found, expected = scan.scan(columns.snapshot(), query, VERSION), brute_force(columns, query)
            assert found == expected, (chosen, limit)
            assert expected


@pytest.mark.parametrize("share", [0.0, 1.1])
def test_it_does_not_matter_whether_codes_are_copied_together_or_all_multiplied(share: float, rng, monkeypatch) -> None:
    monkeypatch.setattr(scan, "GATHER_BELOW", share)
    columns = columns_of(unit(rng, 900), rng)
    for _ in range(10):
        query = SearchQuery(vectors=unit(rng), kinds=["report"], limit=7, species="dog")
        assert scan.scan(columns.snapshot(), query, VERSION) == brute_force(columns, query)


def test_most_vectors_are_ruled_out_by_their_codes(rng) -> None:
    columns = columns_of(unit(rng, 900), rng)
    query = SearchQuery(vectors=unit(rng), kinds=["pet", "report"], limit=5)
    snapshot = columns.snapshot()
    passing = scan._passing(snapshot, query, snapshot.versions[VERSION])
    assert 5 <= scan._contenders(snapshot, passing, query).size < passing.size / 10


def test_an_object_may_have_more_rows_than_are_looked_at_first(rng, monkeypatch) -> None:
    monkeypatch.setattr(scan, "SLOTS", 1)
    columns = columns_of(unit(rng, 900), rng)
    for limit in (1, 3, 200, 280):
        query = SearchQuery(vectors=unit(rng), kinds=["pet", "report"], limit=limit)
        assert scan.scan(columns.snapshot(), query, VERSION) == brute_force(columns, query)


def test_what_changes_is_found_by_its_new_codes(rng) -> None:
    vectors = unit(rng, 900)
    columns = columns_of(vectors, rng)
    for round_ in range(20):
        row = int(rng.integers(1, 900))
        fresh = unit(rng)
        meta = ("pet", 5000 + round_, "lost", "dog", False, 1, True, False, None, None)
        columns.put([(row, 2, True, VERSION, fresh[0].tobytes(), *meta)])
        if round_ % 3 == 0:
            columns.remove(row + 1)
        query = SearchQuery(vectors=fresh, kinds=["pet", "report"], limit=4)
        found = scan.scan(columns.snapshot(), query, VERSION)
        assert (found[0].object_id, round(found[0].cosine, 6)) == (5000 + round_, 1.0)
        assert found == brute_force(columns, query)


@pytest.mark.parametrize("kind", ["random", "near zero", "one large number", CLOSE])
def test_vectors_are_kept_as_precisely_as_float32_adds_them_up(kind: str, rng) -> None:
    vectors = gallery(kind, rng)
    kept = FixedPoint.of(vectors).vectors()
    longest = np.abs(vectors).max(axis=1, keepdims=True)
    assert (np.abs(kept - vectors) <= np.maximum(longest / (LARGEST_CODE * STEPS), 1e-37)).all()
    probe = unit(rng)[0].astype(np.float64)
    assert np.abs((kept.astype(np.float64) - vectors) @ probe).max() < 5e-7


@pytest.mark.parametrize("kind", ["random", "near zero", "one large number", "many equal", ALONG])
@pytest.mark.parametrize("probe", PROBE_KINDS)
def test_a_cosine_is_never_further_from_the_coarse_one_than_the_doubts(kind: str, probe: str, rng) -> None:
    vectors, kept = gallery(kind, rng), FixedPoint.of(gallery(kind, rng))
    probes = normalised(probes_of(probe, vectors, rng))
    coarse_probes = CoarseProbes.of(probes)
    true = (kept.vectors().astype(np.float64) @ probes.T.astype(np.float64)).max(axis=1)
    wrong = np.abs(coarse_cosines(kept.codes, kept.scales, coarse_probes) - true)
    assert (wrong <= kept.doubts + coarse_probes.doubt).all()
    assert kept.doubts.max() < 0.06, "so loose a bound rules nothing out"


def test_probes_leave_room_for_processors_that_add_in_sixteen_bits(rng) -> None:
    """Two products of a code and a probe's part are added there: 2 * 255 * 64 fits."""
    extreme = normalised(np.concatenate([np.eye(512)[:2], -np.ones((1, 512)), rng.choice([-1, 1], (5, 512))]))
    for probes in (extreme.astype(np.float32), unit(rng, 200)):
        columns = CoarseProbes.of(probes).columns.astype(int)
        assert np.abs(columns).max() <= 64


def test_damaged_vectors_are_told_from_whole_ones(rng) -> None:
    vectors = unit(rng, 6)
    vectors[1, 3], vectors[2, 0], vectors[3], vectors[4] = np.nan, -np.inf, vectors[3] * 2, 3e38
    assert are_vectors(vectors).tolist() == [True, False, False, False, False, True]


def test_the_product_is_the_operation_that_its_description_says() -> None:
    written = onnx.parser.parse_model(
        """<ir_version: 8, opset_import: ["": 13]>
        coarse_product (uint8[n, 512] codes, int8[512, m] probes, float[m, k] weights, float[n, 1] scales)
            => (float[n, 1] cosines) {
            zero = Constant<value = uint8 {128}>()
            sums = MatMulInteger(codes, probes, zero)
            numbers = Cast<to = 1>(sums)
            products = MatMul(numbers, weights)
            best = ReduceMax<axes = [1], keepdims = 1>(products)
            cosines = Mul(best, scales)
        }"""
    )
    assert onnx.load(PRODUCT) == written
