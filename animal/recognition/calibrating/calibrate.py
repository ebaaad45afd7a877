"""The content of calibration.json from photos of known animals of each species."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from animal.recognition.calibrating.crossed_heads import Bar, crossed_rows
from animal.recognition.calibrating.fitting import Fitted, fit
from animal.recognition.calibrating.reliability import meaning, reliability
from animal.recognition.calibrating.rows import Rows, animal_rows, balanced, photo_pairs
from animal.recognition.calibration import GALLERY, Calibration
from animal.recognition.measuring.photos import PhotoSet
from animal.recognition.training.heads import Heads, vectors_of
from animal.recognition.training.shipping import unseen_of_second

# The chance of being right that a pet needs which nobody has reported lost: its owner is not waiting for news.
REGISTERED_PET_THRESHOLD = 0.9
MOST_PAIRS = 5000
PAIRS_SEED = 0
OTHER_ANIMALS, OTHER_HEADS = "the other animals", "heads and curves of the other animals"


@dataclass(frozen=True)
class Compared:
    """A species' rows: ``pairs`` of two photos, ``animals`` of a photo and an animal. ``heads``: whose vectors they are
    made of: the shipped head's, or those of heads that knew none of the animals compared."""

    pairs: Rows
    animals: Rows
    fitted_on: dict[str, Any]

    @classmethod
    def as_shipped(cls, photos: PhotoSet) -> Compared:
        return cls(photo_pairs(photos), animal_rows(photos), {"heads": "as shipped", **_counts(photos)})

    @classmethod
    def of_validation(cls, heads: Heads) -> Compared:
        """The first species' validation animals, by a head that learnt from none of them, as the backbone did not."""
        head = heads.without(unseen_of_second(heads), first=heads.validation)
        asked = heads.first.of_animals(set(heads.validation))
        photos = replace(asked, vectors=vectors_of(head, asked.vectors))
        return cls(photo_pairs(photos), animal_rows(photos), {"heads": "one that learnt from none", **_counts(photos)})

    @classmethod
    def by_other_heads(cls, heads: Heads, *, progress: Bar = lambda steps: steps) -> Compared:
        """All animals of the second species. Raises ValueError without one."""
        pairs, animals = crossed_rows(heads, [photo_pairs, animal_rows], progress=progress)
        counts = _counts(heads.second) if heads.second is not None else {}
        return cls(pairs, animals, {"heads": "each pair by one that learnt from neither", **counts})


def _counts(photos: PhotoSet) -> dict[str, int]:
    return {"animals": len(np.unique(photos.labels)), "photos": int(photos.has_animal.sum())}


def calibration_values(version: str, compared: Mapping[str, Compared]) -> dict[str, Any]:
    """What is written to calibration.json, by species. Raises ValueError where a species has too few photos."""
    return {
        "embedder": version,
        "gallery": GALLERY,
        "registered_pet_threshold": REGISTERED_PET_THRESHOLD,
        "species": {species: _of_species(rows) for species, rows in sorted(compared.items())},
    }


def _of_species(compared: Compared) -> dict[str, Any]:
    pairs, rows = compared.pairs, compared.animals
    by_photos, by_animals = fit(pairs, odds=1), fit(rows, odds=GALLERY - 1)
    return {
        "photos": _kept(by_photos, pairs) | {"left_out": _without_bins(measured_left_out(pairs, by_photos))},
        "animals": _kept(by_animals, rows) | {"left_out": searches_left_out(rows, by_animals)},
        "fitted_on": compared.fitted_on,
    }


def _kept(fitted: Fitted, rows: Rows) -> dict[str, Any]:
    return {
        "form": fitted.form,
        "cosines": list(fitted.curve.cosines),
        "evidence": list(fitted.curve.evidence),
        "least": fitted.curve.least,
        "most": fitted.curve.most,
        "brier_of_forms": {form: round(error, 5) for form, error in fitted.brier_of_forms.items()},
        "rows_of_one_animal": int(rows.same.sum()),
        "rows_of_two": int((~rows.same).sum()),
    }


def _without_bins(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name != "bins"}


def measured_left_out(pairs: Rows, fitted: Fitted) -> dict[str, Any]:
    """How reliable the photo curve is on animals that it was not fitted on: balanced pairs, seeded."""
    known = np.isfinite(fitted.left_out)
    said = Rows(fitted.left_out[known], pairs.first[known], pairs.second[known])
    drawn = balanced(said, most=MOST_PAIRS, seed=PAIRS_SEED)
    if not len(drawn):
        raise ValueError("no pair of photos is left to measure a curve on that was fitted without their animals")
    return reliability(drawn.cosines, drawn.same).as_dict()


def searches_left_out(rows: Rows, fitted: Fitted) -> list[dict[str, float]]:
    """What the probabilities of a search mean for animals that the curve was not fitted on, one right among GALLERY."""
    known = np.isfinite(fitted.left_out)
    same = rows.same[known]
    if not same.any() or same.all():
        return []
    weights: NDArray[np.float64] = np.where(same, 1.0, (GALLERY - 1) * same.sum() / (~same).sum())
    return meaning(fitted.left_out[known], same, weights)


def measured(photos: PhotoSet, curves: Calibration | None, species: str) -> dict[str, Any] | None:
    """How reliable probabilities of photo pairs within one species are: by these curves, or, without any, by curves
    fitted on the other animals of the set. None where there are no pairs of both sorts."""
    pairs = photo_pairs(photos)
    if not pairs.same.any() or pairs.same.all():
        return None
    if curves is None:
        found = measured_left_out(pairs, fit(pairs, odds=1))
        return {"fitted_on": OTHER_ANIMALS, **found} if found else None
    drawn = balanced(pairs, most=MOST_PAIRS, seed=PAIRS_SEED)
    return {
        "fitted_on": "as shipped",
        **reliability(curves.same_animal(drawn.cosines, species), drawn.same).as_dict(),
    }


def measured_by_other_heads(heads: Heads, *, progress: Bar = lambda steps: steps) -> dict[str, Any]:
    """The same of all animals of the second species, by heads and curves that knew none of the animals compared; with
    what the probabilities of a search mean (``searches``). Raises ValueError for too few animals."""
    compared = Compared.by_other_heads(heads, progress=progress)
    found = measured_left_out(compared.pairs, fit(compared.pairs, odds=1))
    searches = searches_left_out(compared.animals, fit(compared.animals, odds=GALLERY - 1))
    return {"fitted_on": OTHER_HEADS, **found, "searches": searches}
