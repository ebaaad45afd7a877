"""The ROC and the distributions of scores as one PNG. Needs matplotlib, which the service does not."""

from __future__ import annotations

from pathlib import Path

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


def draw(figures: Figures, title: str, target: Path) -> None:
    """Write the picture to ``target``. Raises DrawingUnavailable, and ValueError without pairs of both sorts."""
    check_drawing()
    from matplotlib.figure import Figure

    if figures.roc is None:
        raise ValueError("there are no pairs to draw")
    picture = Figure(figsize=(12, 5), layout="constrained")
    picture.suptitle(title)
    curve, distribution = picture.subplots(1, 2)

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
    picture.savefig(target, format="png", dpi=110)
