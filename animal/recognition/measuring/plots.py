"""The ROC and the distributions of scores as one PNG. Needs matplotlib, which the service does not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from animal.recognition.measuring.figures import HISTOGRAM_BINS, Figures

INSTALL = "Drawing needs matplotlib: install it with `.venv/bin/uv sync --frozen --inexact --group measure`."


class DrawingUnavailable(RuntimeError):
    """matplotlib is not installed."""


def check_drawing() -> None:
    """Raises DrawingUnavailable. Called before hours of measuring, not after."""
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        raise DrawingUnavailable(INSTALL) from None


def draw(figures: Figures, calibration: Mapping[str, Any], title: str, target: Path) -> None:
    """Write the picture to ``target``; ``calibration`` is what --json prints under that name.

    Raises DrawingUnavailable, and ValueError without pairs of both sorts.
    """
    check_drawing()
    from matplotlib.figure import Figure

    if figures.roc is None:
        raise ValueError("there are no pairs to draw")
    picture = Figure(figsize=(17, 5), layout="constrained")
    picture.suptitle(title)
    curve, distribution, diagram = picture.subplots(1, 3)

    rate = figures.roc.equal_error_rate
    positive = figures.roc.false_positives > 0  # The axis is logarithmic.
    curve.plot(figures.roc.false_positives[positive], figures.roc.true_positives[positive])
    curve.plot([rate], [1 - rate], "o", label=f"equal error rate {rate:.2%}")
    curve.set(xscale="log", xlabel="different animals taken for the same", ylabel="same animals recognised")
    curve.set_title(f"ROC, area {figures.roc.area:.4f}")
    curve.grid(visible=True, alpha=0.3)
    curve.legend(loc="lower right")

    edges, same, different = figures.pairs.coarse(HISTOGRAM_BINS)
    for counts, label in ((same, "same animal"), (different, "different animals")):
        distribution.stairs(counts / counts.sum(), edges, fill=True, alpha=0.5, label=label)
    occupied = np.flatnonzero(same + different)
    distribution.set(xlim=(edges[occupied[0]], edges[occupied[-1] + 1]), xlabel="cosine", ylabel="part of the pairs")
    distribution.set_title("scores")
    distribution.legend()
    _draw_reliability(diagram, calibration)
    picture.savefig(target, format="png", dpi=110)


def _draw_reliability(diagram: Any, calibration: Mapping[str, Any]) -> None:
    """What pairs said to be one animal with some probability were in truth; on the diagonal they were just that."""
    diagram.plot([0, 1], [0, 1], color="grey", linestyle="--")
    for species, row in calibration.items():
        label = f"{species} ({row['fitted_on']}): error {row['ece']:.3f}, skill {row['brier_skill']:.2f}"
        diagram.plot(row["bins"]["said"], row["bins"]["right"], "o-", label=label)
    diagram.set(xlabel="probability said", ylabel="part of the pairs that are one animal", title="reliability")
    diagram.grid(visible=True, alpha=0.3)
    if calibration:
        diagram.legend(loc="upper left")
