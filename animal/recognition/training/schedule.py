"""Learning rate and margin by step, and when to stop."""

from __future__ import annotations

import math
from dataclasses import dataclass

LOWEST_RATE = 0.02
WARM_UP_EPOCHS = 1
MARGIN_EPOCHS = 3


@dataclass(frozen=True)
class Schedule:
    """``margin`` is ArcFace's angle in radians once it is fully on."""

    steps_per_epoch: int
    epochs: int
    margin: float = 0.5

    @property
    def steps(self) -> int:
        return self.steps_per_epoch * self.epochs

    def rate(self, step: int) -> float:
        """The part of each group's learning rate: a linear warm-up, then half a cosine down to LOWEST_RATE."""
        warm = min(1.0, step / (WARM_UP_EPOCHS * self.steps_per_epoch))
        cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, step / self.steps)))
        return warm * (LOWEST_RATE + (1 - LOWEST_RATE) * cosine)

    def margin_at(self, step: int) -> float:
        """Grows linearly over the first epochs: at once, it would tear the pretrained features apart."""
        return self.margin * min(1.0, (step + 1) / (MARGIN_EPOCHS * self.steps_per_epoch))


def averaging_weight(step: int, longest: float) -> float:
    """How much of the average of all steps so far is kept: little at first, ``longest`` in the end."""
    return min(longest, (step + 1) / (step + 10))


@dataclass
class EarlyStop:
    """Stops when ``patience`` measurements in a row were no better than the best."""

    patience: int
    best: float = -math.inf
    since: int = 0

    def is_better(self, figure: float) -> bool:
        """Takes a measurement; larger is better."""
        if figure > self.best:
            self.best, self.since = figure, 0
            return True
        self.since += 1
        return False

    @property
    def is_over(self) -> bool:
        return self.since >= self.patience
