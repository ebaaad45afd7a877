"""Cosines are mapped to similarities that mean a chance of being right."""

from __future__ import annotations

import json

import numpy as np
import pytest
from django.conf import settings

from animal.recognition.bundled import CALIBRATION, read_bundled
from animal.recognition.calibration import Calibration, bundled_calibration, registered_pet_threshold, similarity
from animal.recognition.embedder import OnnxEmbedder
from animal.recognition.evaluation import Reunion
from animal.recognition.fit_calibration import chance_curve, cosine_at, knots


def test_the_calibration_belongs_to_the_embedder_that_is_shipped() -> None:
    fitted_with = json.loads(read_bundled(CALIBRATION))["embedder"]
    assert fitted_with == OnnxEmbedder(settings.MODEL_CACHE_DIR).version, "run fit_calibration again"


def test_similarity_rises_from_zero_to_one_and_never_leaves_it() -> None:
    mapped = bundled_calibration().similarities_of(np.linspace(-1, 1, 401))
    assert (mapped[0], mapped[-1]) == (0, 1)
    assert (np.diff(mapped) >= 0).all()
    assert similarity(1.0000001) == 1


@pytest.mark.parametrize("wanted", [0.1, 0.3, 0.6, 0.8, 0.95])
def test_the_inverse_leads_back(wanted: float) -> None:
    assert similarity(bundled_calibration().cosine_for(wanted)) == pytest.approx(wanted)


def test_look_alikes_stay_below_the_threshold_for_a_match_and_registered_pets_need_more() -> None:
    assert similarity(0.5) < 0.3
    assert 0.6 < registered_pet_threshold() <= 0.9


@pytest.mark.parametrize("knots", [((0.0, 0.5, 0.4), (0.0, 0.6, 1.0)), ((0.0, 1.0), (0.0, 0.5, 1.0))])
def test_a_calibration_that_falls_or_is_incomplete_is_refused(knots) -> None:
    with pytest.raises(ValueError, match="both rising"):
        Calibration(*knots, registered_pet_threshold=0.8)


def drawn(reports: int, animals: int, seed: int = 1) -> Reunion:
    """Scores whose true curve is known: right ones around 0.7, wrong ones around 0.4, both with deviation 0.1."""
    rng = np.random.default_rng(seed)
    truth = np.arange(reports) % animals
    cosines = rng.normal(0.4, 0.1, (reports, animals))
    cosines[np.arange(reports), truth] = rng.normal(0.7, 0.1, reports)
    return Reunion(tuple(map(str, range(animals))), cosines, truth)


def test_the_fit_finds_where_half_of_the_pairs_are_right() -> None:
    # log(p_right / p_wrong) = 30 (c - 0.55) - log(24) for these normals, hence slope 30, middle 0.55 + log(24) / 30.
    slope, middle = chance_curve(drawn(2000, 25), gallery=25)
    assert slope == pytest.approx(30, rel=0.1)
    assert middle == pytest.approx(0.55 + np.log(24) / 30, abs=0.01)
    assert cosine_at(0.9, slope, middle) > middle > cosine_at(0.1, slope, middle)


def test_a_larger_set_is_weighed_down_to_the_gallery_that_is_meant() -> None:
    small = chance_curve(drawn(1000, 25), gallery=25)[1]
    large = drawn(1000, 200, seed=2)
    assert chance_curve(large, gallery=25)[1] == pytest.approx(small, abs=0.015)
    assert chance_curve(large, gallery=200)[1] > small + 0.04


def test_the_knots_say_six_tenths_where_half_are_right() -> None:
    cosines, meanings = knots(30.0, 0.65)
    assert cosines[meanings.index(0.6)] == 0.65
    assert cosines == sorted(cosines)
