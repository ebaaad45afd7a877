"""Rows of animals that the head learnt from, as if it had not: with heads fitted anew without the animals compared.

The second species has so few animals that leaving a quarter of them to calibration leaves six. Cosines of animals that
the head knows are higher for one animal and lower for two than those of strangers, so a curve of such rows would be
over-confident. Here each pair of animals is compared by a head that learnt from neither; the backbone learnt from none
of them anyway.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np

from animal.recognition.calibrating.rows import Rows, joined
from animal.recognition.measuring.photos import PhotoSet
from animal.recognition.training.heads import Heads, vectors_of

# Animals are dealt into so many groups, and every two groups need a head of their own.
GROUPS = 5
GROUPING_SEED = 0

RowsOf = Callable[[PhotoSet], Rows]
Bar = Callable[[list[tuple[int, int]]], Iterable[tuple[int, int]]]


def crossed_rows(heads: Heads, kinds: list[RowsOf], *, progress: Bar = lambda steps: steps) -> list[Rows]:
    """Rows of all animals of the second species, of each kind. Raises ValueError without a second species."""
    second = heads.second
    if second is None:
        raise ValueError("there are no photos of a second species")
    present = np.unique(second.labels)
    groups = np.zeros(len(second.names), np.int64)
    groups[present] = np.random.default_rng(GROUPING_SEED).permutation(len(present)) % min(GROUPS, len(present))
    found: list[list[Rows]] = [[] for _ in kinds]
    count = int(groups.max()) + 1
    for low, high in progress(list(itertools.combinations_with_replacement(range(count), 2))):
        left_out = {second.names[label] for label in present if groups[label] in (low, high)}
        asked = second.of_animals(left_out)
        compared = replace(asked, vectors=vectors_of(heads.without(left_out), asked.vectors))
        for rows_of, kept in zip(kinds, found, strict=True):
            rows = rows_of(compared)
            first, other = np.sort(np.stack([groups[rows.first], groups[rows.second]]), axis=0)
            kept.append(rows.only((first == low) & (other == high)))
    return [joined(rows) for rows in found]
