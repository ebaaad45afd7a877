"""Cosines are mapped to evidence and probabilities, by species; older databases' calibrations are still read."""

from __future__ import annotations

import json

import numpy as np
import pytest
from django.conf import settings

from animal.recognition.bundled import CALIBRATION, read_bundled
from animal.recognition.calibration import (
    GALLERY,
    MOST_EVIDENCE,
    Calibration,
    Curve,
    bundled_calibration,
    registered_pet_threshold,
)
from animal.recognition.embedder import OnnxEmbedder

COSINES = np.linspace(-1, 1, 401)
# As the first releases wrote it, and as databases keep it that they filled.
FIRST_FORM = {
    "embedder": "lite2-f3e2e9260e31",
    "cosines": [0.0, 0.5703, 0.6605, 0.7507, 1.0],
    "similarities": [0.0, 0.3, 0.6, 0.8, 1.0],
    "registered_pet_threshold": 0.8,
}
STEEP, GENTLE = Curve((-1.0, 1.0), (-40.0, 10.0)), Curve((-1.0, 1.0), (-10.0, 6.0))


def test_the_calibration_belongs_to_the_embedder_that_is_shipped() -> None:
    fitted_with = json.loads(read_bundled(CALIBRATION))["embedder"]
    assert fitted_with == OnnxEmbedder(settings.MODEL_DIR).version, "run manage.py fit_calibration again"


@pytest.mark.parametrize("species", ["dog", "cat", "parrot", ""])
def test_probabilities_rise_with_the_cosine_and_never_reach_certainty(species: str) -> None:
    shipped = bundled_calibration()
    for said in (shipped.same_animal(COSINES, species), shipped.probability(COSINES, species)):
        assert (np.diff(said) >= 0).all()
        assert 0 < said[0] < 0.01
        assert 0.9 < said[-1] < 1


def test_dogs_and_cats_have_curves_of_their_own() -> None:
    shipped = bundled_calibration()
    assert set(shipped.photos) == set(shipped.animals) == {"cat", "dog"}
    assert shipped.probability(0.66, "cat") != shipped.probability(0.66, "dog")


def test_of_another_species_the_curve_that_says_less_counts() -> None:
    both = Calibration({"dog": STEEP, "cat": GENTLE}, {"dog": STEEP, "cat": GENTLE}, 0.9)
    for species in ("parrot", ""):
        expected = np.minimum(both.evidence(COSINES, "dog"), both.evidence(COSINES, "cat"))
        assert np.array_equal(both.evidence(COSINES, species), expected)


def test_a_probability_is_that_of_one_animal_among_twenty_five() -> None:
    one = Calibration({"cat": GENTLE}, {"cat": Curve((-1.0, 1.0), (0.0, float(np.log(GALLERY - 1)) * 2))}, 0.9)
    assert one.probability(-1, "cat") == pytest.approx(1 / GALLERY)
    assert one.probability(0, "cat") == pytest.approx(0.5)


def test_no_cosine_is_taken_for_more_evidence_than_was_measured() -> None:
    sure = Calibration({"cat": GENTLE}, {"cat": Curve((-1.0, 1.0), (-99.0, 99.0))}, 0.9)
    assert (sure.evidence(-1, "cat"), sure.evidence(1.0000001, "cat")) == (-MOST_EVIDENCE, MOST_EVIDENCE)


@pytest.mark.parametrize("wanted", [0.1, 0.3, 0.6, 0.8, 0.95])
@pytest.mark.parametrize("species", ["dog", "cat"])
def test_the_inverse_leads_back(wanted: float, species: str) -> None:
    shipped = bundled_calibration()
    assert shipped.probability(shipped.cosine_for(wanted, species), species) == pytest.approx(wanted, abs=0.002)


def test_registered_pets_that_nobody_misses_need_nine_in_ten() -> None:
    assert registered_pet_threshold() == 0.9


def test_a_calibration_of_the_first_form_says_what_it_said() -> None:
    """0.3 was a chance of one in ten, 0.6 of one half, 0.8 of nine in ten, in a gallery of 25."""
    old = Calibration.from_values(FIRST_FORM)
    assert old.registered_pet_threshold == 0.8
    for cosine, chance in ((0.5703, 0.1), (0.6605, 0.5), (0.7507, 0.9)):
        for species in ("dog", "cat", ""):
            assert old.probability(cosine, species) == pytest.approx(chance, abs=0.001)


@pytest.mark.parametrize(
    "values",
    [
        {"of": "another form"},
        {**FIRST_FORM, "cosines": [0.0, 0.9, 0.6, 0.3, 1.0]},
        {**FIRST_FORM, "cosines": [0.5]},
        {"species": {}, "registered_pet_threshold": 0.9},
        {"species": {"cat": {"photos": {}}}, "registered_pet_threshold": 0.9},
    ],
    ids=["unknown", "falling", "incomplete", "no species", "no curve"],
)
def test_what_is_no_calibration_is_refused(values: dict) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        Calibration.from_values(values)


@pytest.mark.parametrize(
    "knots",
    [
        ((0.0, 0.5, 0.4), (0.0, 0.6, 1.0)),
        ((0.0, 1.0), (0.6, 0.5)),
        ((0.0, 1.0), (0.5,)),
        ((0.0,), (0.5,)),
        ((0.0, 1.0), (0.0, float("nan"))),
    ],
    ids=["cosines fall", "evidence falls", "one is missing", "one point", "not a number"],
)
def test_a_curve_that_falls_or_is_incomplete_is_refused(knots: tuple) -> None:
    with pytest.raises(ValueError, match="a curve needs"):
        Curve(*knots)
