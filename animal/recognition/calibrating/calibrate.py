"""The content of calibration.json from photos of known animals of each species."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from animal.recognition.calibrating.fitting import Fitted, fit
from animal.recognition.calibrating.reliability import reliability
from animal.recognition.calibrating.rows import Rows, animal_rows, balanced, photo_pairs
from animal.recognition.calibration import GALLERY, Calibration
from animal.recognition.measuring.photos import PhotoSet

# The chance of being right that a pet needs which nobody has reported lost: its owner is not waiting for news.
REGISTERED_PET_THRESHOLD = 0.9
MOST_PAIRS = 5000
PAIRS_SEED = 0


def calibration_values(version: str, photos_of: Mapping[str, PhotoSet]) -> dict[str, Any]:
    """What is written to calibration.json, by species. Raises ValueError where a species has too few photos."""
    return {
        "embedder": version,
        "gallery": GALLERY,
        "registered_pet_threshold": REGISTERED_PET_THRESHOLD,
        "species": {species: _of_species(photos) for species, photos in sorted(photos_of.items())},
    }


def _of_species(photos: PhotoSet) -> dict[str, Any]:
    pairs, rows = photo_pairs(photos), animal_rows(photos)
    by_photos, by_animals = fit(pairs, odds=1), fit(rows, odds=GALLERY - 1)
    counts = {"animals": len(np.unique(photos.labels)), "photos": int(photos.has_animal.sum())}
    return {
        "photos": _kept(by_photos, pairs) | {"left_out": _without_bins(measured_left_out(pairs, by_photos))},
        "animals": _kept(by_animals, rows),
        "fitted_on": counts,
    }


def _kept(fitted: Fitted, rows: Rows) -> dict[str, Any]:
    return {
        "form": fitted.form,
        "cosines": list(fitted.curve.cosines),
        "evidence": list(fitted.curve.evidence),
        "brier_of_forms": {form: round(error, 5) for form, error in fitted.brier_of_forms.items()},
        "rows_of_one_animal": int(rows.same.sum()),
    }


def _without_bins(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name != "bins"}


def measured_left_out(pairs: Rows, fitted: Fitted) -> dict[str, Any]:
    """How reliable the photo curve is on animals that it was not fitted on: balanced pairs, seeded."""
    known = np.isfinite(fitted.left_out)
    said = Rows(fitted.left_out[known], pairs.first[known], pairs.second[known])
    drawn = balanced(said, most=MOST_PAIRS, seed=PAIRS_SEED)
    return reliability(drawn.cosines, drawn.same).as_dict() if len(drawn) else {}


def measured(photos: PhotoSet, curves: Calibration | None, species: str) -> dict[str, Any] | None:
    """How reliable probabilities of photo pairs within one species are: by these curves, or, without any, by curves
    fitted on the other animals of the set. None where there are no pairs of both sorts."""
    pairs = photo_pairs(photos)
    if not pairs.same.any() or pairs.same.all():
        return None
    if curves is None:
        found = measured_left_out(pairs, fit(pairs, odds=1))
        return {"fitted_on": "the other animals", **found} if found else None
    drawn = balanced(pairs, most=MOST_PAIRS, seed=PAIRS_SEED)
    return {
        "fitted_on": "as shipped",
        **reliability(curves.same_animal(drawn.cosines, species), drawn.same).as_dict(),
    }
