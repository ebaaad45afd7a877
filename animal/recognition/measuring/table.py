"""The figures as text for a terminal or a log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from animal.recognition.measuring.metrics import PairCounts

ROWS = (
    ("top1", "top-1", "{:7.2%}"),
    ("top5", "top-5", "{:7.2%}"),
    ("top10", "top-10", "{:7.2%}"),
    ("map", "mean average precision", "{:7.2%}"),
    ("top1_as_served", "top-1, unseen animals are misses", "{:7.2%}"),
    ("eer", "equal error rate", "{:7.2%}"),
    ("auc", "area under the ROC", "{:7.4f}"),
    ("tpr_at_fpr_1e-3", "recognised at 1 wrong in 1,000", "{:7.2%}"),
)
BAR_WIDTH = 40
BAR_BINS = 20


def table(measured: Mapping[str, Any], pairs: PairCounts) -> str:
    """``measured`` is what --json prints."""
    return "\n".join([*_head(measured), "", *_figures(measured), *_sections(measured), "", *_histogram(pairs)])


def _head(measured: Mapping[str, Any]) -> Iterator[str]:
    yield f"model {measured['model']}, {measured['protocol']}"
    yield (
        f"{measured['animals']} animals, {measured['photos']} photos ({measured['no_animal_seen']} without an animal "
        f"seen), {measured['probes']} probes, {measured['same_pairs']:,} same and "
        f"{measured['different_pairs']:,} different pairs"
    )
    if measured["left_out"]:
        yield f"{measured['left_out']} photos have no other photo of their animal and are no probes"
    if measured["unreadable"]:
        yield f"{len(measured['unreadable'])} files could not be read:"
        yield from (f"  {line}" for line in measured["unreadable"])


def _figures(measured: Mapping[str, Any]) -> Iterator[str]:
    columns = {"all": measured, **measured["by_species"]}
    if measured.get("against_all"):
        columns["against all"] = measured["against_all"]
    yield f"{'':34}" + "".join(f"{name:>13}" for name in columns)
    yield f"{'animals':34}" + "".join(f"{column['animals']:>13}" for column in columns.values())
    for key, label, form in ROWS:
        yield f"{label:34}" + "".join(f"{_cell(column[key], form):>13}" for column in columns.values())


def _cell(value: float | None, form: str) -> str:
    return "-" if value is None else form.format(value)


def _sections(measured: Mapping[str, Any]) -> Iterator[str]:
    if measured["by_gallery_size"]:
        yield ""
        yield "animals in the gallery            " + "".join(f"{size:>9}" for size in measured["by_gallery_size"])
        yield "top-1                             " + "".join(
            f"{top:9.2%}" for top in measured["by_gallery_size"].values()
        )
    if measured["calibration"]:
        yield ""
        yield f"{'probabilities of photo pairs':34}{'pairs':>9}{'ECE':>9}{'Brier':>9}{'skill':>9}"
        for species, row in measured["calibration"].items():
            yield (
                f"{species + ', ' + row['fitted_on']:34}{row['pairs']:9,}{row['ece']:9.4f}{row['brier']:9.4f}"
                f"{row['brier_skill']:9.3f}"
            )
    if measured.get("ablation"):
        yield ""
        yield f"{'what each step is worth':34}{'top-1':>9}{'EER':>9}{'top-1 lost':>13}{'EER gained':>13}"
        for name, row in measured["ablation"].items():
            yield (
                f"{name:34}{row['top1']:9.2%}{row['eer']:9.2%}"
                f"{measured['top1'] - row['top1']:13.4f}{row['eer'] - measured['eer']:13.4f}"
            )


def _histogram(pairs: PairCounts) -> Iterator[str]:
    edges, same, different = pairs.coarse(BAR_BINS)
    yield f"{'cosine':>12}  {'same animal':{BAR_WIDTH + 8}}different animals"
    occupied = np.flatnonzero(same + different)
    for place in range(occupied[0], occupied[-1] + 1):
        bars = [_bar(counts[place] / max(1, counts.sum())) for counts in (same, different)]
        yield f"{edges[place]:5.1f} {edges[place + 1]:5.1f}   {bars[0]:{BAR_WIDTH + 8}}{bars[1]}".rstrip()


def _bar(share: float) -> str:
    if not share:
        return ""
    return "#" * max(1, round(share * BAR_WIDTH)) + (f" {share:.1%}" if share >= 0.001 else " <0.1%")
