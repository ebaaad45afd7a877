"""What is known of two animals adds up: each part in both directions, bounded, and told in the documentation."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings

from animal.matching.fusion import (
    DAYS,
    DISTANCE_KM,
    MOST_FROM_CIRCUMSTANCES,
    WEIGHTS,
    Description,
    Fused,
    fused,
)
from animal.matching.reasons import LIKELIHOODS, likelihood
from animal.recognition.calibration import MOST_EVIDENCE, PRIOR_LOG_ODDS

CAT = Description(species="cat")


def parts(result: Fused) -> dict[str, float]:
    return {part.about: part.evidence for part in result.contributions}


def described(**said: object) -> Description:
    return Description(**{"species": "cat", **said})  # type: ignore[arg-type]


def test_photos_alone_are_what_their_calibration_says() -> None:
    assert fused(CAT, CAT, photos=3.0).log_odds == pytest.approx(PRIOR_LOG_ODDS + 3.0)
    assert fused(CAT, CAT, photos=-PRIOR_LOG_ODDS).probability == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("one", "other", "key", "speaks"),
    [
        ({"breed": "siamese"}, {"breed": "siamese"}, "breed_same", "for"),
        ({"breed": "siamese"}, {"breed": "persian"}, "breed_differs", "against"),
        ({"sex": "male"}, {"sex": "male"}, "sex_same", "for"),
        ({"sex": "male"}, {"sex": "female"}, "sex_differs", "against"),
        ({"colours": ("black", "white")}, {"colours": ("white",)}, "colours_shared", "for"),
        ({"colours": ("ginger",)}, {"colours": ("brown",)}, "colours_shared", "for"),
        ({"colours": ("black",)}, {"colours": ("white",)}, "colours_differ", "against"),
        ({"size": "small"}, {"size": "small"}, "size_same", "for"),
        ({"size": "small"}, {"size": "medium"}, "size_near", "against"),
        ({"size": "small"}, {"size": "large"}, "size_differs", "against"),
        ({"chip": "276098106000001"}, {"chip": "276098106000002"}, "chip_differs", "against"),
        ({"species": "sheep"}, {"species": "goat"}, "species_unsure", "against"),
        ({"species": ""}, {"species": "goat"}, "species_unsure", "against"),
        ({"species": "dog"}, {"species": "cat"}, "species_differs", "against"),
    ],
)
def test_what_both_sides_said_speaks_for_or_against(one: dict, other: dict, key: str, speaks: str) -> None:
    plain = fused(CAT, CAT, photos=3.0)
    for first, second in ((one, other), (other, one)):
        result = fused(described(**first), described(**second), photos=3.0)
        assert set(parts(result)) - {"species_same"} == {"before", "photos", key}
        assert (result.log_odds > plain.log_odds) is (speaks == "for")


def test_what_one_side_left_out_says_nothing() -> None:
    all_of_it = described(breed="siamese", sex="male", size="small", colours=("black",), chip="276098106000001")
    assert fused(all_of_it, CAT, photos=3.0).log_odds == fused(CAT, CAT, photos=3.0).log_odds


def test_near_speaks_for_and_far_against_and_nothing_jumps() -> None:
    kilometres = np.geomspace(0.01, 20_000, 400)
    said = np.array([parts(fused(CAT, CAT, photos=0, distance_m=km * 1000))["distance"] for km in kilometres])
    assert (np.diff(said) <= 0).all()
    assert np.abs(np.diff(said)).max() < 0.1
    assert (said[0], said[-1]) == (DISTANCE_KM[0][1], DISTANCE_KM[-1][1])
    assert parts(fused(CAT, CAT, photos=0, distance_m=0))["distance"] == DISTANCE_KM[0][1]


def test_days_after_the_loss_speak_for_and_months_or_days_before_against() -> None:
    said = {days: parts(fused(CAT, CAT, photos=0, days=days))["days"] for days in (-400, -2, 0, 5, 30, 90, 4000)}
    assert said[-400] == said[-2] < 0 < said[0] == said[5]
    assert said[30] == 0 > said[90] > said[4000] == DAYS[-1][1]


def test_circumstances_alone_never_make_a_match_but_may_rule_one_out() -> None:
    everything = described(breed="siamese", sex="male", size="small", colours=("black",))
    best = fused(everything, everything, photos=0.0, distance_m=0, days=0)
    assert best.log_odds == pytest.approx(PRIOR_LOG_ODDS + MOST_FROM_CIRCUMSTANCES)
    assert best.probability < settings.AUTOMATCH_MIN_SIMILARITY / 2
    other = described(breed="persian", sex="female", size="large", colours=("white",))
    worst = fused(everything, other, photos=MOST_EVIDENCE, distance_m=50_000, days=400)
    assert worst.probability < settings.AUTOMATCH_MIN_SIMILARITY


def test_a_chip_that_agrees_settles_it_whatever_else_is_said() -> None:
    one = described(chip="276098106000001", sex="male", colours=("black",))
    other = described(species="dog", chip="276098106000001", sex="female", colours=("white",))
    for photos in (None, -MOST_EVIDENCE, MOST_EVIDENCE):
        result = fused(one, other, photos=photos, distance_m=900_000, days=2000)
        assert result.is_settled_by_chip
        assert 0.99 < result.probability < 1, "a person still confirms"


def test_two_different_chips_outweigh_the_best_of_photos() -> None:
    one, other = described(chip="276098106000001"), described(chip="276098106000002")
    assert fused(one, other, photos=MOST_EVIDENCE, distance_m=0, days=0).probability < 0.25


@pytest.mark.parametrize(
    ("probability", "word"),
    [
        (0.999, "very likely"),
        (0.95, "very likely"),
        (0.94, "likely"),
        (0.8, "likely"),
        (0.79, "possible"),
        (0, "possible"),
    ],
)
def test_words_stand_for_probabilities(probability: float, word: str) -> None:
    assert likelihood(probability) == word


def test_every_weight_says_where_it_comes_from() -> None:
    for key, weight in WEIGHTS.items():
        assert weight.source in ("measured", "stated"), key
        assert len(weight.why) > 5, key


def test_the_documentation_shows_the_table_as_it_is() -> None:
    page = (Path(settings.BASE_DIR) / "docs" / "matching.md").read_text()
    rows = dict(re.findall(r"^\| `(\w+)` \| ([+-][\d.]+) \|", page, re.M))
    assert rows == {key: f"{weight.evidence:+.1f}" for key, weight in WEIGHTS.items()}
    for points, name in ((DISTANCE_KM, "km"), (DAYS, "days")):
        said = ", ".join(f"{at:g} {name} {evidence:+.1f}" for at, evidence in points)
        assert said in page, said
    for least, word in LIKELIHOODS[:-1]:
        assert f"{word} from {least:g}" in page
