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
    OTHER_SPECIES_MOST,
    OTHER_SPECIES_SHARE,
    PRIOR_LOG_ODDS,
    UNMEASURED,
    Calibration,
    Curve,
    bundled_calibration,
    bundled_calibration_values,
    logistic,
)
from animal.recognition.embedder import OnnxEmbedder
from animal.recognition.providers import get_calibration, get_calibration_values
from animal.recognition.tests.next_model import PREVIOUS

# As much as matching lets everything but photos and chips add.
MOST_FROM_CIRCUMSTANCES = 2.0

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
        assert (0.9 if species in ("dog", "cat") else 0.3) < said[-1] < 1


def test_dogs_and_cats_have_curves_of_their_own() -> None:
    shipped = bundled_calibration()
    assert set(shipped.photos) == set(shipped.animals) == {"cat", "dog"}
    assert shipped.probability(0.66, "cat") != shipped.probability(0.66, "dog")


def test_of_another_species_the_curve_that_says_less_counts_and_half_of_what_it_says_for_one_animal() -> None:
    both = Calibration({"dog": STEEP, "cat": GENTLE}, {"dog": STEEP, "cat": GENTLE}, 0.9)
    for species in ("parrot", ""):
        least = np.minimum(both.evidence(COSINES, "dog"), both.evidence(COSINES, "cat"))
        half = np.minimum(least * OTHER_SPECIES_SHARE, OTHER_SPECIES_MOST)
        expected = np.where(least > 0, half, least)
        assert np.array_equal(both.evidence(COSINES, species), expected)


def test_of_another_species_photos_and_circumstances_together_stay_below_likely() -> None:
    most = bundled_calibration().evidence(1.0, "parrot") + MOST_FROM_CIRCUMSTANCES + PRIOR_LOG_ODDS
    assert 0.6 < logistic(most) < 0.8


def test_two_hens_that_look_alike_are_not_called_likely() -> None:
    """The two brown ones of the demo: 0.654 made it 0.83 by the curve of dogs and cats."""
    shipped = bundled_calibration()
    assert shipped.probability(0.654, "bird") < 0.5
    assert shipped.probability(0.654, "bird") < min(shipped.probability(0.654, name) for name in ("dog", "cat"))
    assert shipped.probability(1.0, "bird") < 0.8, "photos alone of an animal that was never measured"


def test_a_curve_says_no_more_than_its_rows_can_be_witness_of() -> None:
    values = {"cosines": [-1.0, 1.0], "evidence": [-40.0, 40.0], "least": -2.5, "most": 5.5}
    file = {"registered_pet_threshold": 0.9, "species": {"cat": {"photos": values, "animals": values}}}
    limited = Calibration.from_values(file)
    assert (limited.evidence(-1, "cat"), limited.evidence(1, "cat")) == (-2.5, 5.5)


def test_vectors_of_a_model_that_was_never_measured_are_never_called_likely(settings) -> None:
    """As those of a Space that its operator trusts, or an embedder of one's own without a calibration."""
    shipped = bundled_calibration()
    assert get_calibration() is shipped
    settings.EMBEDDING_PROVIDER, settings.HUGGINGFACE_SPACE = "space", "http://space.test"
    assert get_calibration() is shipped, "a Space runs the bundled model unless its operator names another"
    settings.HUGGINGFACE_SPACE_VERSION = "resnet-1"
    unmeasured = get_calibration()
    assert get_calibration_values() is UNMEASURED
    for species in ("cat", "parrot", ""):
        said = unmeasured.evidence(COSINES, species)
        assert (np.diff(said) >= 0).all()
        assert logistic(said.max() + MOST_FROM_CIRCUMSTANCES + PRIOR_LOG_ODDS) < 0.8
    assert shipped.probability(0.9, "cat") > 0.8 > unmeasured.probability(0.9, "cat")


def test_an_embedder_of_ones_own_may_bring_its_own_calibration(settings) -> None:
    settings.EMBEDDING_PROVIDER = PREVIOUS
    assert get_calibration_values() == bundled_calibration_values()
    assert get_calibration().evidence(0.66, "cat") == bundled_calibration().evidence(0.66, "cat")


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
    assert get_calibration().registered_pet_threshold == 0.9


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
