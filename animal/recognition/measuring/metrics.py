"""Figures of recognition from vectors and labels alone: ranks, average precision, error rates.

Identification (who is it?): every probe is ranked against a gallery. A tie with another animal counts against the
probe, so a model that gives every photo the same vector finds nobody.
Verification (is it the same one?): every pair of photos has a cosine; same-animal pairs should score above the others.

Nothing here grows with the number of pairs: similarities are computed in blocks, and pairs are counted into bins of
BIN_WIDTH. Figures read from the bins differ from those of the single pairs by less than a bin can move them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BINS = 1 << 20
BIN_WIDTH = 2.0 / (BINS - 1)
BLOCK_CELLS = 4_000_000
# Equal vectors get cosines that differ in the last digits, depending on where in a block they stand.
ROUNDING = 1e-6

Vectors = NDArray[np.float32]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Identification:
    """One row for every probe that has a photo of its animal in the gallery.

    ``ranks`` [m]: the place, from 1, of the nearest photo of the same animal; ``precisions`` [m]: average precision;
    ``probes`` [m]: which probes these are. ``left_out``: probes without another photo of their animal.
    """

    probes: NDArray[np.int64]
    ranks: NDArray[np.int64]
    precisions: NDArray[np.float64]
    left_out: int

    def top(self, count: int) -> float:
        """The part of the probes that find their animal among the first ``count`` photos. NaN without probes."""
        return float((self.ranks <= count).mean()) if self.ranks.size else float("nan")

    @property
    def mean_average_precision(self) -> float:
        return float(self.precisions.mean()) if self.precisions.size else float("nan")


@dataclass(frozen=True)
class PairCounts:
    """Pairs of the same and of different animals, [BINS] each; bin ``k`` is around -1 + k * BIN_WIDTH."""

    same: NDArray[np.int64]
    different: NDArray[np.int64]

    def coarse(self, bins: int) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
        """(edges [bins+1] over -1..1, same [bins], different [bins]), for people to look at."""
        edges = np.linspace(-1.0, 1.0, bins + 1)
        places = np.minimum(((np.arange(BINS) * BIN_WIDTH) / 2.0 * bins).astype(np.int64), bins - 1)
        same = np.bincount(places, weights=self.same, minlength=bins).astype(np.int64)
        different = np.bincount(places, weights=self.different, minlength=bins).astype(np.int64)
        return edges, same, different


@dataclass(frozen=True)
class Roc:
    """Vertices of the curve from (0,0) to (1,1): ``false_positives`` and ``true_positives`` are rates, both rising.

    ``thresholds`` [n]: a pair counts as the same at this cosine or above; the first is above all pairs.
    """

    false_positives: NDArray[np.float64]
    true_positives: NDArray[np.float64]
    thresholds: NDArray[np.float64]

    @property
    def area(self) -> float:
        """The chance that a same pair scores above a different one, ties counting half."""
        widths = np.diff(self.false_positives)
        return float((widths * (self.true_positives[1:] + self.true_positives[:-1]) / 2).sum())

    @property
    def equal_error_rate(self) -> float:
        """Where the straight lines between the vertices have as many false rejections as false acceptances."""
        gap = (1 - self.true_positives) - self.false_positives  # Falls from 1 to -1.
        after = int(np.argmax(gap <= 0))
        before = after - 1
        share = gap[before] / (gap[before] - gap[after])
        left, right = self.false_positives[before], self.false_positives[after]
        return float(left + share * (right - left))

    def true_positives_at(self, false_positive_rate: float) -> float:
        """The most that is recognised while no more than this part of different pairs is taken for the same."""
        allowed = self.false_positives <= false_positive_rate
        return float(self.true_positives[allowed].max())


def identify(
    probes: Vectors, probe_labels: Labels, gallery: Vectors, gallery_labels: Labels, *, own: NDArray[np.int64]
) -> Identification:
    """Rank the gallery for each probe.

    Vectors are [n,d] of length one. ``own`` [n]: the probe's own place in the gallery, which is left out; -1 for none.
    """
    found: list[tuple[int, int, float]] = []
    for start, cosines in _blocks(probes, gallery):
        for row, scores in enumerate(cosines):
            probe = start + row
            same = gallery_labels == probe_labels[probe]
            others = scores[~same]
            if own[probe] >= 0:
                same[own[probe]] = False
            hits = np.sort(scores[same])[::-1]
            if hits.size:
                found.append((probe, *_rank_and_precision(hits, others)))
    columns = list(zip(*found, strict=True)) or [(), (), ()]
    return Identification(
        probes=np.array(columns[0], np.int64),
        ranks=np.array(columns[1], np.int64),
        precisions=np.array(columns[2], np.float64),
        left_out=len(probes) - len(found),
    )


def _rank_and_precision(hits: Vectors, others: Vectors) -> tuple[int, float]:
    """Of one probe: the rank of the best hit, and the average precision; ``hits`` fall."""
    # Only others that reach the weakest hit matter, and those are few.
    reached = hits - np.float32(ROUNDING)
    rivals = np.sort(others[others >= reached[-1]])
    ahead = rivals.size - np.searchsorted(rivals, reached, side="left")
    order = np.arange(1, hits.size + 1)
    return int(ahead[0]) + 1, float((order / (order + ahead)).mean())


def count_pairs_within(vectors: Vectors, labels: Labels) -> PairCounts:
    """Every pair of two different photos, once."""
    same, different = np.zeros(BINS, np.int64), np.zeros(BINS, np.int64)
    for start, cosines in _blocks(vectors, vectors):
        for row, scores in enumerate(cosines):
            later = start + row + 1
            _count(scores[later:], labels[later:] == labels[start + row], same, different)
    return PairCounts(same, different)


def count_pairs_between(
    probes: Vectors, probe_labels: Labels, gallery: Vectors, gallery_labels: Labels, *, own: NDArray[np.int64]
) -> PairCounts:
    """Every pair of a probe and a gallery photo, without a photo's pair with itself (see ``identify``)."""
    same, different = np.zeros(BINS, np.int64), np.zeros(BINS, np.int64)
    for start, cosines in _blocks(probes, gallery):
        for row, scores in enumerate(cosines):
            probe = start + row
            others = np.arange(len(gallery)) != own[probe]
            _count(scores[others], gallery_labels[others] == probe_labels[probe], same, different)
    return PairCounts(same, different)


def _count(scores: Vectors, is_same: NDArray[np.bool_], same: NDArray[np.int64], different: NDArray[np.int64]) -> None:
    # One row at a time: its bins are few against BINS, so they are added in place and not by bincount.
    bins = np.rint((np.clip(scores.astype(np.float64), -1.0, 1.0) + 1.0) / BIN_WIDTH).astype(np.int64)
    np.add.at(same, bins[is_same], 1)
    np.add.at(different, bins[~is_same], 1)


def roc_of(pairs: PairCounts) -> Roc:
    """The curve through every occupied bin. Raises ValueError unless there are pairs of both sorts."""
    if not pairs.same.any() or not pairs.different.any():
        raise ValueError("error rates need pairs of the same and pairs of different animals")
    occupied = np.flatnonzero(pairs.same + pairs.different)[::-1]
    true = np.cumsum(pairs.same[occupied]) / pairs.same.sum()
    false = np.cumsum(pairs.different[occupied]) / pairs.different.sum()
    thresholds = -1.0 + occupied * BIN_WIDTH
    return Roc(np.r_[0.0, false], np.r_[0.0, true], np.r_[thresholds[0] + BIN_WIDTH, thresholds])


def top1_by_gallery_size(
    vectors: Vectors, labels: Labels, sizes: list[int], *, seed: int, draws: int
) -> dict[int, float]:
    """Animals in the gallery -> mean leave-one-out top-1 over random subsets of so many animals.

    Sizes that there are too few animals for are left out; the gallery of all animals comes last.
    """
    animals = np.unique(labels)
    random = np.random.default_rng(seed)
    curve = {}
    for size in [size for size in sizes if size < len(animals)] + [len(animals)]:
        rounds = 1 if size == len(animals) else draws
        tops = []
        for _ in range(rounds):
            chosen = np.isin(labels, random.choice(animals, size, replace=False))
            part, names = vectors[chosen], labels[chosen]
            tops.append(identify(part, names, part, names, own=np.arange(len(part))).top(1))
        curve[size] = float(np.mean(tops))
    return curve


def _blocks(probes: Vectors, gallery: Vectors) -> Iterator[tuple[int, Vectors]]:
    """(first row, cosines [rows, gallery]) with at most BLOCK_CELLS cells each."""
    rows = max(1, BLOCK_CELLS // max(1, len(gallery)))
    for start in range(0, len(probes), rows):
        yield start, probes[start : start + rows] @ gallery.T
