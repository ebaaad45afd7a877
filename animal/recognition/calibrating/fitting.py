"""From rows to a curve: logistic or isotonic, whichever predicts better for animals that it was not fitted on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from animal.recognition.calibrating.rows import Floats, Rows
from animal.recognition.calibration import MOST_EVIDENCE, Curve, logistic

BIN_WIDTH = 0.002
BINS = round(2 / BIN_WIDTH) + 1
CENTRES = np.linspace(-1, 1, BINS)
# Animals are left out in so many groups at most, two groups at a time.
GROUPS = 20
GROUPING_SEED = 0
ROUNDED_TO = 4
# With n rows of which none reaches a cosine, the true part of those that do is at most 3/n, said 19 times in 20
# (J. A. Hanley, A. Lippman-Hand, "If nothing goes wrong, is everything all right?", JAMA 1983).
RULE_OF_THREE = 3.0
# A curve with many knots has to be so much better than a straight line: what it follows may be this sample alone.
WORTH_KNOTS = 0.02


@dataclass(frozen=True)
class Tally:
    """How many rows of one animal and of two fall into each bin of cosines, [BINS] each, and the odds that the curve
    is fitted at: how many rows of two animals there are to one of the same, whatever the numbers are here."""

    same: Floats
    different: Floats
    odds: float

    @property
    def weights(self) -> tuple[float, float]:
        """Of one row of each sort, so that all together are at these odds and count as many as there are."""
        total = self.same.sum() + self.different.sum()
        share = 1 / (1 + self.odds)
        return total * share / self.same.sum(), total * (1 - share) / self.different.sum()


def fit_logistic(tally: Tally, *, steps: int = 60) -> Curve:
    """Evidence rises in a straight line (Platt scaling), by Newton's method with steps halved until they help."""
    weight_same, weight_different = tally.weights
    same, different = tally.same * weight_same, tally.different * weight_different
    design = np.stack([CENTRES, np.ones(BINS)], axis=1)

    def loss(solution: Floats) -> float:
        log_odds = design @ solution
        return float(same @ np.logaddexp(0, -log_odds) + different @ np.logaddexp(0, log_odds))

    solution = np.array([0.0, -np.log(tally.odds)])
    for _ in range(steps):
        chance = logistic(np.clip(design @ solution, -30, 30))
        curvature = (same + different) * np.maximum(chance * (1 - chance), 1e-9)
        hessian = (design * curvature[:, None]).T @ design + 1e-6 * np.eye(2)
        step = np.linalg.solve(hessian, design.T @ (same * (1 - chance) - different * chance))
        while loss(solution + step) > loss(solution) and np.abs(step).max() > 1e-6:
            step = step / 2
        solution = solution + step
        if np.abs(step).max() < 1e-6:
            break
    slope, middle = max(float(solution[0]), 0.0), float(solution[1]) + float(np.log(tally.odds))
    return Curve((-1.0, 1.0), (round(middle - slope, ROUNDED_TO), round(middle + slope, ROUNDED_TO)))


def fit_isotonic(tally: Tally) -> Curve:
    """Evidence that only ever rises, by pooling adjacent violators, with lines between the pools' centres (A. Oron and
    N. Flournoy, centered isotonic regression, 2017). Half a row of each sort is added to a pool: none is certain."""
    weight_same, weight_different = tally.weights
    occupied = np.flatnonzero(tally.same + tally.different)
    pools: list[NDArray[np.float64]] = []  # Of each: rows of one animal, rows of two, sum of their cosines.
    for place in occupied:
        same, different = tally.same[place], tally.different[place]
        pools.append(np.array([same, different, (same + different) * CENTRES[place]]))
        while len(pools) > 1 and _share(pools[-2]) >= _share(pools[-1]):
            pools[-2:] = [pools[-2] + pools[-1]]
    table = np.stack(pools)
    odds = (table[:, 0] + 0.5) * weight_same / ((table[:, 1] + 0.5) * weight_different)
    evidence = np.maximum.accumulate(np.log(odds)) + np.log(tally.odds)
    centres = np.round(table[:, 2] / table[:, :2].sum(1), ROUNDED_TO)
    centres, first = np.unique(centres, return_index=True)
    if len(centres) == 1:
        return Curve((-1.0, 1.0), (0.0, 0.0))  # One pool: cosines say nothing.
    return Curve(tuple(map(float, centres)), tuple(float(round(value, ROUNDED_TO)) for value in evidence[first]))


def _share(pool: Floats) -> float:
    return float(pool[0] / (pool[0] + pool[1]))


FORMS: Mapping[str, Callable[[Tally], Curve]] = {"logistic": fit_logistic, "isotonic": fit_isotonic}


@dataclass(frozen=True)
class Fitted:
    """``left_out`` [n]: the probability of each row, at the odds of the fit, by curves that have seen neither of its
    animals; NaN where too few animals are left."""

    curve: Curve
    form: str
    left_out: Floats
    brier_of_forms: Mapping[str, float]


def fit(rows: Rows, *, odds: float) -> Fitted:
    """The curve of the form that does better on animals left out. Raises ValueError without rows of both sorts."""
    if not rows.same.any() or rows.same.all():
        raise ValueError("a calibration needs pairs of the same animal and pairs of two")
    crossed = {form: cross_fitted(rows, fitter, odds=odds) for form, fitter in FORMS.items()}
    errors = {form: _brier(rows, said, odds) for form, said in crossed.items()}
    form = "isotonic" if errors["isotonic"] < errors["logistic"] * (1 - WORTH_KNOTS) else "logistic"
    return Fitted(_limited(FORMS[form], tally_of(rows, odds)), form, crossed[form], errors)


def _limited(fitter: Callable[[Tally], Curve], tally: Tally) -> Curve:
    """The curve, saying no more than its rows can be witness of."""
    return replace(
        fitter(tally),
        least=-most_measured(float(tally.same.sum())),
        most=most_measured(float(tally.different.sum())),
    )


def most_measured(rows: float) -> float:
    """The evidence that so many rows can be witness of: for one animal those of two, and the other way round."""
    return round(float(np.clip(np.log(max(rows, 1.0) / RULE_OF_THREE), 0.0, MOST_EVIDENCE)), ROUNDED_TO)


def cross_fitted(rows: Rows, fitter: Callable[[Tally], Curve], *, odds: float) -> Floats:
    """Animals are dealt into groups; a row of groups g and h gets what a curve of all rows without g and h says."""
    group_of = _groups(rows)
    first, second = group_of[rows.first], group_of[rows.second]
    bins = _bins(rows.cosines)
    said = np.full(len(rows), np.nan)
    for low in range(group_of.max() + 1):
        for high in range(low, group_of.max() + 1):
            asked = ((first == low) & (second == high)) | ((first == high) & (second == low))
            left = (first != low) & (second != low) & (first != high) & (second != high)
            same = rows.same & left
            if asked.any() and same.any() and (left & ~rows.same).any():
                curve = _limited(fitter, _tally(bins, same, left & ~rows.same, odds))
                said[asked] = logistic(curve(rows.cosines[asked]) - np.log(odds))
    return said


def tally_of(rows: Rows, odds: float) -> Tally:
    return _tally(_bins(rows.cosines), rows.same, ~rows.same, odds)


def _groups(rows: Rows) -> NDArray[np.int64]:
    """The group of each animal, by its number."""
    animals = np.unique(np.concatenate([rows.first, rows.second]))
    dealt = np.random.default_rng(GROUPING_SEED).permutation(len(animals)) % min(GROUPS, len(animals))
    group_of = np.zeros(animals.max() + 1, np.int64)
    group_of[animals] = dealt
    return group_of


def _bins(cosines: Floats) -> NDArray[np.int64]:
    return np.rint((np.clip(cosines, -1, 1) + 1) / BIN_WIDTH).astype(np.int64)


def _tally(bins: NDArray[np.int64], same: NDArray[np.bool_], different: NDArray[np.bool_], odds: float) -> Tally:
    counts = [np.bincount(bins[chosen], minlength=BINS).astype(np.float64) for chosen in (same, different)]
    return Tally(counts[0], counts[1], odds)


def _brier(rows: Rows, said: Floats, odds: float) -> float:
    """The Brier score at these odds, of the rows that got a probability."""
    errors, known = (said - rows.same) ** 2, np.isfinite(said)
    same, different = errors[known & rows.same], errors[known & ~rows.same]
    return float((same.mean() + odds * different.mean()) / (1 + odds)) if same.size and different.size else np.nan
