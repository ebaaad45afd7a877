"""Comparing across a change of model: vectors of two versions say nothing about each other.

While a new model reads the gallery again (see `animal.recognition.reembedding`), some pets and reports have vectors of
both versions and others only old ones. Each pair is compared in the newest version that both sides have.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from animal.recognition.calibration import Calibration
from animal.recognition.index import Hit, SearchQuery, current_version, get_index
from animal.recognition.models import GalleryEntry, ModelVersion
from animal.recognition.providers import get_calibration


@dataclass(frozen=True)
class Likeness:
    """How much a pet or a report looks like what was searched for. The cosine means nothing without its version, whose
    calibration says what it means."""

    kind: str
    object_id: int
    cosine: float
    calibration: Calibration

    def evidence(self, species: str) -> float:
        """How much the photos speak for one animal of this species, as log odds."""
        return float(self.calibration.evidence(self.cosine, species))


def search_versions(probes: Mapping[str, NDArray[np.float32]], **filters: Any) -> list[Likeness]:
    """The likenesses to everything that passes `filters` (fields of SearchQuery). `probes` go by model version, the
    newest first, as `object_vectors` gives them; versions whose calibration is not known are passed over.

    At most `limit` for each version. Raises IndexUnavailable, ModelUnavailable.
    """
    found: dict[tuple[str, int], Likeness] = {}
    newer: list[str] = []
    for version, vectors in probes.items():
        calibration = calibration_of(version)
        if calibration is None or not len(vectors):
            continue
        hits = get_index().search(SearchQuery(vectors=vectors, version=version, **filters))
        decided = _having(newer, hits) if newer else set()
        for hit in hits:
            key = (hit.kind, hit.object_id)
            if key not in decided:
                found[key] = Likeness(*key, hit.cosine, calibration)
        newer.append(version)
    return list(found.values())


def likeness_between(
    one: Mapping[str, NDArray[np.float32]], other: Mapping[str, NDArray[np.float32]], *, kind: str, object_id: int
) -> Likeness | None:
    """Of two objects' vectors by model version, as `object_vectors` gives them, in the newest version that both have;
    None when they have none in common. Raises ModelUnavailable."""
    for version, vectors in one.items():
        calibration = calibration_of(version) if version in other else None
        if calibration is not None:
            best = float(np.clip((vectors @ other[version].T).max(), -1.0, 1.0))
            return Likeness(kind, object_id, best, calibration)
    return None


def calibration_of(version: str) -> Calibration | None:
    """What the cosines of a version mean; None when this database never worked with it."""
    if version == current_version():
        return get_calibration()
    stored = ModelVersion.objects.filter(version=version).values_list("calibration", flat=True).first()
    try:
        return Calibration.from_values(stored) if stored else None
    except (KeyError, TypeError, ValueError):
        return None  # A later release's, of another form.


def _having(versions: Collection[str], hits: Iterable[Hit]) -> set[tuple[str, int]]:
    """Those hits that have vectors of one of these versions."""
    ids: dict[str, list[int]] = {}
    for hit in hits:
        ids.setdefault(hit.kind, []).append(hit.object_id)
    return {
        (kind, object_id)
        for kind, object_ids in ids.items()
        for object_id in GalleryEntry.objects.filter(
            kind=kind, object_id__in=object_ids, is_live=True, version__in=versions
        ).values_list("object_id", flat=True)
    }
