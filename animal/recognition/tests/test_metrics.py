"""The figures of recognition, held against hand-computed ones and against the plainest possible definitions."""

from __future__ import annotations

import numpy as np
import pytest

from animal.recognition.measuring import metrics
from animal.recognition.measuring.metrics import (
    count_pairs_between,
    count_pairs_within,
    identify,
    roc_of,
    top1_by_gallery_size,
)
from animal.recognition.unit_vectors import normalised


def at(*degrees: float) -> np.ndarray:
    """Points on the unit circle: the cosine of two is that of the angle between them."""
    radians = np.radians(degrees)
    return np.stack([np.cos(radians), np.sin(radians)], 1).astype(np.float32)


def labels(text: str) -> np.ndarray:
    return np.array([ord(letter) for letter in text])


def leave_one_out(vectors: np.ndarray, names: np.ndarray) -> metrics.Identification:
    return identify(vectors, names, vectors, names, own=np.arange(len(vectors)))


def crowd(seed: int, animals: int = 12, photos: int = 5) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    names = np.repeat(np.arange(animals), photos)
    centres = rng.normal(size=(animals, 16))
    return normalised((centres[names] + 1.2 * rng.normal(size=(len(names), 16))).astype(np.float32)), names


def test_the_rank_is_the_place_of_the_nearest_photo_of_the_same_animal() -> None:
    # From 0 degrees: b at 11, b at 20, then a at 30. From 30: b at 20, b at 11, a at 0. The b's find each other first.
    found = leave_one_out(at(0, 30, 11, 20), labels("aabb"))
    assert found.ranks.tolist() == [3, 3, 1, 1]
    assert (found.top(1), found.top(2), found.top(5)) == (0.5, 0.5, 1.0)


def test_average_precision_counts_every_photo_of_the_animal() -> None:
    # From 0: a at 5 (place 1), b at 10, a at 15 (place 3): (1/1 + 2/3) / 2.
    found = leave_one_out(at(0, 5, 15, 10), labels("aaab"))
    assert found.precisions[0] == pytest.approx((1 + 2 / 3) / 2)
    # From 15: b at 10, a at 5, a at 0: (1/2 + 2/3) / 2.
    assert found.precisions[2] == pytest.approx((1 / 2 + 2 / 3) / 2)


def test_a_tie_with_another_animal_is_a_miss() -> None:
    found = leave_one_out(at(0, 10, -10), labels("aab"))
    assert found.ranks[0] == 2
    constant = np.repeat(at(40), 6, axis=0)
    assert leave_one_out(constant, labels("aaabbb")).top(1) == 0


def test_an_animal_with_a_single_photo_is_no_probe_but_stays_in_the_gallery() -> None:
    found = leave_one_out(at(0, 30, 10), labels("aab"))
    assert (found.probes.tolist(), found.left_out) == ([0, 1], 1)
    assert found.ranks.tolist() == [2, 2], "the single photo of b is nearer"


def test_without_a_probe_there_is_no_figure() -> None:
    found = leave_one_out(at(0, 10), labels("ab"))
    assert np.isnan(found.top(1))
    assert np.isnan(found.mean_average_precision)


def test_a_probe_is_ranked_against_a_gallery_of_other_photos() -> None:
    found = identify(at(0, 50, 0), labels("abc"), at(1, 40, 2), labels("bba"), own=np.array([-1, -1, -1]))
    assert (found.ranks.tolist(), found.left_out) == ([2, 1], 1), "c is not in the gallery"


@pytest.mark.parametrize("cells", [50, 4_000_000])
def test_ranks_and_precisions_are_those_of_sorting_everything(monkeypatch, cells) -> None:
    monkeypatch.setattr(metrics, "BLOCK_CELLS", cells)  # Blocks of a single row, or one of all.
    vectors, names = crowd(1)
    found = leave_one_out(vectors, names)
    for probe, rank, precision in zip(found.probes, found.ranks, found.precisions, strict=True):
        order = np.argsort(-(vectors @ vectors[probe]), kind="stable")
        hits = (names == names[probe])[order[order != probe]]
        places = np.flatnonzero(hits) + 1
        assert rank == places[0]
        assert precision == pytest.approx(np.mean(np.arange(1, len(places) + 1) / places))


def test_every_pair_counts_once_and_none_with_itself() -> None:
    pairs = count_pairs_within(at(0, 10, 20, 30), labels("aabb"))
    assert (pairs.same.sum(), pairs.different.sum()) == (2, 4)
    edges, same, different = pairs.coarse(4)
    assert edges.tolist() == [-1, -0.5, 0, 0.5, 1]
    assert (same.tolist(), different.tolist()) == ([0, 0, 0, 2], [0, 0, 0, 4])


def test_a_photo_in_both_folders_is_no_pair_with_itself() -> None:
    pairs = count_pairs_between(at(0, 10), labels("ab"), at(0, 20), labels("aa"), own=np.array([0, -1]))
    assert (pairs.same.sum(), pairs.different.sum()) == (1, 2)


def pairs_of(same: list[float], different: list[float]) -> metrics.PairCounts:
    counts = [np.zeros(metrics.BINS, np.int64) for _ in range(2)]
    for count, scores in zip(counts, (same, different), strict=True):
        for score in scores:
            count[round((score + 1) / metrics.BIN_WIDTH)] += 1
    return metrics.PairCounts(*counts)


def test_rates_by_hand() -> None:
    # Falling: S .9, D .8, S .7, S .6, D .5, D .4. Vertices (0,1/3) (1/3,1/3) (1/3,2/3) (1/3,1) (2/3,1) (1,1).
    roc = roc_of(pairs_of([0.9, 0.7, 0.6], [0.8, 0.5, 0.4]))
    # Of nine pairs of pairs the same one is higher in 3 + 2 + 2.
    assert roc.area == pytest.approx(7 / 9)
    assert roc.equal_error_rate == pytest.approx(1 / 3)
    assert roc.true_positives_at(0.001) == pytest.approx(1 / 3)
    assert roc.true_positives_at(0.34) == 1


def test_the_equal_error_rate_lies_on_the_line_between_two_vertices() -> None:
    # One threshold that holds 2 of 4 same and 1 of 5 different: vertices (0,0) (0.2,0.5) (1,1).
    roc = roc_of(pairs_of([0.8, 0.8, 0.1, 0.1], [0.8, 0.1, 0.1, 0.1, 0.1]))
    # Between the last two 1 - tpr = fpr: 0.5 - 0.5 s = 0.2 + 0.8 s, s = 3/13.
    assert roc.equal_error_rate == pytest.approx(0.2 + 0.8 * 3 / 13)
    assert roc.area == pytest.approx(0.2 * 0.5 / 2 + 0.8 * 1.5 / 2)


def test_scores_that_say_nothing_are_half_right() -> None:
    roc = roc_of(pairs_of([0.5] * 3, [0.5] * 7))
    assert (roc.equal_error_rate, roc.area, roc.true_positives_at(1e-3)) == (0.5, 0.5, 0.0)


def test_perfect_and_reversed_scores() -> None:
    perfect = roc_of(pairs_of([0.9, 0.8], [0.1, 0.2]))
    assert (perfect.equal_error_rate, perfect.area, perfect.true_positives_at(1e-3)) == (0.0, 1.0, 1.0)
    wrong = roc_of(pairs_of([0.1, 0.2], [0.9, 0.8]))
    assert (wrong.equal_error_rate, wrong.area) == (1.0, 0.0)


def test_rates_need_pairs_of_both_sorts() -> None:
    with pytest.raises(ValueError, match="pairs of different animals"):
        roc_of(pairs_of([0.9], []))


def test_rates_from_bins_are_those_of_the_single_pairs() -> None:
    vectors, names = crowd(2, animals=20)
    first, second = np.triu_indices(len(names), 1)
    scores = np.sum(vectors[first].astype(np.float64) * vectors[second], axis=1)
    is_same = names[first] == names[second]
    same, different = scores[is_same], scores[~is_same]
    roc = roc_of(count_pairs_within(vectors, names))
    higher = (same[:, None] > different[None]).mean()
    assert roc.area == pytest.approx(higher, abs=1e-5)
    # The rate at which the two sorts of error cross, by trying every score as the threshold.
    rates = [((same < t).mean(), (different >= t).mean()) for t in np.unique(scores)]
    crossing = min(rates, key=lambda pair: abs(pair[0] - pair[1]))
    assert roc.equal_error_rate == pytest.approx(np.mean(crossing), abs=0.01)
    strict = max((same >= t).mean() for t in np.unique(scores) if (different >= t).mean() <= 1e-3)
    assert roc.true_positives_at(1e-3) == pytest.approx(strict)


def test_a_larger_gallery_is_harder_and_all_animals_come_last() -> None:
    vectors, names = crowd(3, animals=40)
    curve = top1_by_gallery_size(vectors, names, [5, 20, 500], seed=1, draws=8)
    assert list(curve) == [5, 20, 40]
    assert curve[5] > curve[20] > curve[40]
    assert curve[40] == leave_one_out(vectors, names).top(1)
    assert curve == top1_by_gallery_size(vectors, names, [5, 20, 500], seed=1, draws=8)
