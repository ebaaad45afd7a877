"""Curves are found again in drawn rows whose truth is known, and only animals are used that nothing was learnt from."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from animal.recognition.calibrating import crossed_heads
from animal.recognition.calibrating.calibrate import Compared, calibration_values, measured, measured_by_other_heads
from animal.recognition.calibrating.crossed_heads import crossed_rows
from animal.recognition.calibrating.fitting import (
    FORMS,
    Tally,
    cross_fitted,
    fit,
    fit_isotonic,
    fit_logistic,
    most_measured,
    tally_of,
)
from animal.recognition.calibrating.reliability import reliability
from animal.recognition.calibrating.rows import Rows, animal_rows, balanced, photo_pairs
from animal.recognition.calibration import MOST_EVIDENCE, Calibration, logistic
from animal.recognition.measuring.photos import PhotoSet
from animal.recognition.tests.photos import FOLDER
from animal.recognition.training import heads as heads_module
from animal.recognition.training.heads import Heads, vectors_of
from animal.recognition.training.initial_head import Head

# Of two normals with deviation 0.1 around 0.7 and 0.4, the log likelihood ratio is 30 (cosine - 0.55).
SLOPE, MIDDLE = 30.0, 0.55
FEATURES = 512
HALVES = (256, 256)


def drawn(animals: int = 40, of_each: int = 40, seed: int = 1) -> Rows:
    """Every pair of animals has rows, and as many rows are of one animal as there are others for it."""
    random = np.random.default_rng(seed)
    first, second = (axis.ravel() for axis in np.meshgrid(np.arange(animals), np.arange(animals)))
    same = np.repeat(np.arange(animals), of_each)
    first, second = np.concatenate([first[first != second], same]), np.concatenate([second[first != second], same])
    cosines = np.where(first == second, random.normal(0.7, 0.1, len(first)), random.normal(0.4, 0.1, len(first)))
    return Rows(np.clip(cosines, -1, 1), first, second)


def scattered(animals: int = 12, photos: int = 6, noise: float = 0.9, seed: int = 3) -> PhotoSet:
    """Vectors of animals that are easy to tell apart, or not, by the noise of each photo."""
    random = np.random.default_rng(seed)
    centres = np.repeat(random.normal(size=(animals, 512)), photos, axis=0)
    vectors = centres + noise * random.normal(size=centres.shape)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    count = animals * photos
    return PhotoSet(
        names=tuple(f"animal {number}" for number in range(animals)),
        labels=np.repeat(np.arange(animals), photos),
        vectors=vectors.astype(np.float32),
        has_animal=np.ones(count, np.bool_),
        species=("cat",) * count,
        digests=tuple(str(number).encode() for number in range(count)),
    )


@pytest.mark.parametrize("odds", [1, 24])
@pytest.mark.parametrize("form", sorted(FORMS))
def test_each_form_finds_the_evidence_back_at_even_odds_and_at_those_of_a_search(form: str, odds: float) -> None:
    curve = FORMS[form](tally_of(drawn(60, 60), odds))
    for cosine in (0.5, 0.55, 0.6, 0.65):
        assert curve(cosine) == pytest.approx(SLOPE * (cosine - MIDDLE), abs=0.7)


def test_the_numbers_of_rows_of_each_sort_do_not_move_a_curve() -> None:
    tally = tally_of(drawn(), 1)
    more = Tally(tally.same, tally.different * 7, 1)
    assert fit_logistic(more)(0.6) == pytest.approx(float(fit_logistic(tally)(0.6)), abs=0.001)


def test_an_isotonic_curve_never_falls_and_claims_no_certainty_from_few_rows() -> None:
    same, different = np.zeros(1001), np.zeros(1001)
    same[[700, 900]], different[[600, 800]] = 3, 3  # Cosines 0.4, 0.8 and 0.2, 0.6: one neighbour disturbs the order.
    curve = fit_isotonic(Tally(same, different, 1))
    assert curve.cosines == (0.2, 0.5, 0.8)
    assert curve.evidence == pytest.approx((-np.log(7), 0, np.log(7)), abs=0.001)


def test_rows_that_a_cosine_says_nothing_of_give_a_flat_curve() -> None:
    counts = np.zeros(1001)
    counts[[500, 700]] = 50
    for fitter in FORMS.values():
        assert fitter(Tally(counts, counts, 24))([0, 0.4]) == pytest.approx(0, abs=0.05)


def test_a_row_is_judged_by_a_curve_that_has_seen_neither_of_its_animals() -> None:
    seen: list[int] = []

    def spy(tally: Tally) -> object:
        seen.append(int(tally.same.sum() + tally.different.sum()))
        return fit_logistic(tally)

    rows = drawn(animals=4, of_each=1)  # Twelve rows of two animals, and one of each with itself.
    said = cross_fitted(rows, spy, odds=1)
    assert np.isfinite(said).all()
    assert sorted(seen) == [4, 4, 4, 4, 4, 4, 9, 9, 9, 9], "without two animals, and without one"


def test_the_plainer_form_is_taken_unless_knots_are_worth_it() -> None:
    assert fit(drawn(20, 20), odds=1).form == "logistic"
    bent = drawn(20, 20)
    # Where the cosine is high in truth it says nothing any more: half of the rows are of one animal.
    high = np.random.default_rng(5).random(len(bent)) < 0.3
    fitted = fit(Rows(np.where(high, 0.95, bent.cosines), bent.first, bent.second), odds=1)
    assert fitted.form == "isotonic"
    assert fitted.curve(0.95) < 3 < SLOPE * (0.95 - MIDDLE), "a line would have gone on rising"


@pytest.mark.parametrize("sort", ["one animal", "no animal twice"])
def test_rows_of_one_sort_alone_are_refused(sort: str) -> None:
    rows = drawn(3, 2)
    with pytest.raises(ValueError, match="pairs of the same animal"):
        fit(rows.only(rows.same if sort == "one animal" else ~rows.same), odds=1)


def test_photos_on_which_no_animal_is_seen_are_compared_with_nothing() -> None:
    photos = scattered(animals=3, photos=2)
    photos.has_animal[0] = False
    assert len(photo_pairs(photos)) == 5 * 4 / 2
    assert photo_pairs(photos).same.sum() == 2


def test_of_a_large_set_whole_animals_are_drawn_so_that_memory_stays_bounded() -> None:
    photos = scattered(animals=10, photos=3)
    rows, again = photo_pairs(photos, most_photos=14), photo_pairs(photos, most_photos=14)
    assert len(rows) == 12 * 11 / 2
    assert rows.same.sum() == 4 * 3, "four animals with all of their photos"
    assert np.array_equal(rows.cosines, again.cosines)


def test_a_photo_meets_each_animal_once_in_each_half_and_never_itself() -> None:
    photos = scattered(animals=3, photos=4, noise=5)
    rows = animal_rows(photos)
    assert len(rows) == 3 * 4 * 3, "each photo of each animal reports it once"
    assert rows.same.sum() == 3 * 4
    assert rows.cosines[rows.same].max() < 0.9, "no photo is compared with itself"


def test_as_many_pairs_of_one_animal_as_of_two_are_drawn_and_the_seed_says_which() -> None:
    rows = drawn()
    one, again, other = (balanced(rows, most=500, seed=seed) for seed in (0, 0, 1))
    assert (len(one), one.same.sum()) == (1000, 500)
    assert np.array_equal(one.cosines, again.cosines)
    assert not np.array_equal(one.cosines, other.cosines)
    assert len(balanced(rows, most=10**6, seed=0)) == 2 * min(rows.same.sum(), (~rows.same).sum())


def test_probabilities_that_are_kept_have_no_error_and_those_that_boast_do() -> None:
    random = np.random.default_rng(2)
    chances = random.random(30_000)
    truth = random.random(30_000) < chances
    honest, boasting = reliability(chances, truth), reliability(logistic(3 * np.log(chances / (1 - chances))), truth)
    assert honest.calibration_error < 0.01
    assert honest.brier == pytest.approx(1 / 6, abs=0.005)
    assert honest.brier_skill == pytest.approx(1 / 3, abs=0.02)
    assert boasting.calibration_error > 0.08
    assert boasting.brier_skill < honest.brier_skill
    assert len(honest.said) == len(honest.right) == 15


def test_always_saying_one_half_has_no_skill() -> None:
    result = reliability(np.full(1000, 0.5), np.arange(1000) % 2 == 0)
    assert (result.calibration_error, result.brier_skill) == (pytest.approx(0, abs=0.02), 0)


def test_what_is_fitted_is_measured_on_animals_left_out_and_can_be_read_back() -> None:
    # Every animal is like the next: as hard as real ones.
    values = calibration_values("version-1", {"cat": Compared.as_shipped(scattered(animals=9, noise=2.2))})
    left_out = values["species"]["cat"]["photos"]["left_out"]
    assert (values["embedder"], values["gallery"], values["species"]["cat"]["fitted_on"]["animals"]) == (
        "version-1",
        25,
        9,
    )
    assert left_out["pairs"] == 2 * 9 * 15
    assert left_out["ece"] < 0.08
    curves = Calibration.from_values(json.loads(json.dumps(values)))
    assert curves.same_animal(0.9, "cat") > 0.9 > 0.1 > curves.same_animal(0.0, "cat")


def test_of_animals_too_few_to_leave_any_out_nothing_is_fitted() -> None:
    with pytest.raises(ValueError, match="no pair of photos is left"):
        calibration_values("version-1", {"cat": Compared.as_shipped(scattered(animals=3))})


def test_measured_says_whether_the_shipped_curves_or_those_of_other_animals_were_asked() -> None:
    photos = scattered(animals=9, noise=2.2)
    of_others = Compared.as_shipped(scattered(animals=9, noise=2.2, seed=9))
    shipped = Calibration.from_values(calibration_values("v", {"cat": of_others}))
    by_shipped, by_others = measured(photos, shipped, "cat"), measured(photos, None, "cat")
    assert by_shipped is not None
    assert by_others is not None
    assert (by_shipped["fitted_on"], by_others["fitted_on"]) == ("as shipped", "the other animals")
    assert by_shipped["ece"] < 0.08
    assert by_shipped["brier_skill"] > 0.5
    lone = photos.of_animals({"animal 1"})
    assert measured(lone, shipped, "cat") is None


def test_a_curve_is_fitted_with_the_evidence_that_its_rows_are_witness_of() -> None:
    """Of 300 rows of which none is so, 3 in 300 may be: that is a hundred to one."""
    assert most_measured(300) == pytest.approx(np.log(100), abs=1e-4)
    assert (most_measured(0), most_measured(2), most_measured(10**9)) == (0, 0, MOST_EVIDENCE)
    rows = drawn(10, 10)
    curve = fit(rows, odds=1).curve
    assert (curve.least, curve.most) == (-most_measured(rows.same.sum()), most_measured((~rows.same).sum()))
    assert (curve(-1), curve(1)) == (curve.least, curve.most)


# --- animals that the head learnt from --------------------------------------------------------------------------------


def with_features(animals: int, photos: int, seed: int, *, species: str = "cat", noise: float = 6.0) -> PhotoSet:
    """Photos of animals of which nobody can tell whose they are: each is noise of its own."""
    strangers = scattered(animals=animals, photos=photos, seed=seed)
    features = noise * np.random.default_rng(seed).normal(size=(len(strangers), FEATURES))
    return replace(strangers, vectors=features.astype(np.float32), species=(species,) * len(strangers))


@pytest.fixture
def small_heads(monkeypatch) -> Heads:
    """Ten animals' noise for a second species, which a head learns by heart all the same."""
    monkeypatch.setattr(heads_module, "fit_shipped_head", learns_by_heart)
    classifier = np.random.default_rng(0).normal(size=(1000, FEATURES // 2))
    return Heads(with_features(60, 2, 1, species="dog"), with_features(10, 4, 2), classifier, HALVES)


def learns_by_heart(species: list, apart: np.ndarray, dimensions: int) -> Head:
    """A head that sees of each photo which of the animals that it learnt from it shows, and nothing of any other."""
    taught = species[-1]
    matrix = np.zeros((dimensions, taught.features.shape[1]))
    for place, animal in enumerate(np.unique(taught.animals)):
        own = taught.features[taught.animals == animal]
        matrix[place] = np.linalg.pinv(own).sum(1)
    matrix[-64:] = np.random.default_rng(0).normal(size=(64, matrix.shape[1])) / matrix.shape[1] ** 0.5 / 50
    return Head(np.zeros(matrix.shape[1]), matrix, np.zeros(dimensions))


def test_animals_that_the_head_knows_are_compared_as_if_it_did_not(small_heads: Heads) -> None:
    """With what it learnt by heart the head would recognise every one of them."""
    second = small_heads.second
    by_heart = photo_pairs(replace(second, vectors=vectors_of(small_heads.without(()), second.vectors)))
    assert by_heart.cosines[by_heart.same].mean() > 0.9 > 0.3 > by_heart.cosines[~by_heart.same].mean()
    (rows,) = crossed_rows(small_heads, [photo_pairs])
    assert abs(rows.cosines[rows.same].mean() - rows.cosines[~rows.same].mean()) < 0.1
    pairs = sorted(zip(*np.sort([rows.first, rows.second], axis=0), strict=True))
    expected = sorted(zip(*np.sort([by_heart.first, by_heart.second], axis=0), strict=True))
    assert pairs == expected, "every two photos, once"


def test_each_two_groups_have_a_head_that_learnt_from_neither(small_heads: Heads, monkeypatch) -> None:
    asked: list[set[str]] = []
    without = Heads.without
    monkeypatch.setattr(Heads, "without", lambda self, animals: asked.append(set(animals)) or without(self, animals))
    crossed_rows(small_heads, [photo_pairs])
    assert len(asked) == 5 * 6 / 2
    assert {len(left_out) for left_out in asked} == {2, 4}


def test_what_cross_fitted_heads_say_of_noise_is_that_they_do_not_know(small_heads: Heads, monkeypatch) -> None:
    # Of two groups a pair would leave out the whole species, and what heads take for the middle would jump.
    monkeypatch.setattr(crossed_heads, "GROUPS", 3)
    found = measured_by_other_heads(small_heads)
    assert found["fitted_on"] == "heads and curves of the other animals"
    assert abs(found["brier_skill"]) < 0.1
    assert all(row["said"] < 0.3 for row in found["searches"])
    values = calibration_values("v", {"cat": Compared.by_other_heads(small_heads)})
    assert values["species"]["cat"]["fitted_on"]["animals"] == 10
    assert Calibration.from_values(values).probability(1.0, "cat") < 0.5


def test_validation_animals_are_compared_by_a_head_that_learnt_from_none_of_them(monkeypatch) -> None:
    """With what it learnt by heart the shipped head would recognise every one of them."""
    monkeypatch.setattr(
        heads_module, "fit_shipped_head", lambda species, *others: learns_by_heart(species[:1], *others)
    )
    classifier = np.random.default_rng(0).normal(size=(1000, FEATURES // 2))
    heads = Heads(with_features(60, 3, 1, species="dog"), None, classifier, HALVES)
    known = heads.first.of_animals(set(heads.validation))
    by_heart = photo_pairs(replace(known, vectors=vectors_of(heads.without(()), known.vectors)))
    assert by_heart.cosines[by_heart.same].mean() > 0.7 > 0.3 > by_heart.cosines[~by_heart.same].mean()
    compared = Compared.of_validation(heads)
    rows = compared.pairs
    assert abs(rows.cosines[rows.same].mean() - rows.cosines[~rows.same].mean()) < 0.2
    assert compared.fitted_on["animals"] == len(heads.validation)


# --- the command ------------------------------------------------------------------------------------------------------


class Stub:
    """Photos named by their animal's colour; the noise of their pixels tells them apart."""

    name, version = "stub", "1"

    def embed(self, images: list[Image.Image]) -> np.ndarray:
        rows = []
        for image in images:
            colour = np.asarray(image.resize((1, 1)), np.int64).ravel()
            seed = int(np.asarray(image, np.int64).sum())
            centre = np.random.default_rng(colour // 16).normal(size=512)
            rows.append(centre + 1.5 * np.random.default_rng(seed).normal(size=512))
        vectors = np.stack(rows)
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)

    def read(self, images: list[Image.Image]) -> list:
        from animal.recognition.embedder import PhotoReading

        return [PhotoReading(vector, species="dog") for vector in self.embed(images)]


@pytest.fixture
def coloured(tmp_path: Path, settings) -> Path:
    """60 animals of three photos; `tmp_path/photos`."""
    settings.VAR_DIR = tmp_path / "var"
    settings.EMBEDDING_PROVIDER = f"{__name__}.Stub"
    random = np.random.default_rng(4)
    for number in range(60):
        folder = tmp_path / "photos" / f"dog-{number:02}"
        folder.mkdir(parents=True)
        colour = random.integers(0, 15, 3) * 16 + 8
        for photo in range(3):
            pixels = np.clip(colour + random.integers(-3, 4, (8, 8, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / f"{photo}.png")
    return tmp_path / "photos"


def fitted(*arguments: str, out: Path) -> dict:
    call_command("fit_calibration", *arguments, out=out, stdout=StringIO())
    return json.loads(out.read_text())


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["dog"], "is not SPECIES=DIR"),
        (["dog=nowhere"], "a folder that exists"),
        (["dog={photos}", "--trained-on", "cat"], "No folder was given for cat"),
        (["dog={photos}", "--cross-fit", "cat"], "No folder was given for cat"),
        (["dog={photos}", "cat={photos}", "--cross-fit", "cat"], "needs --trained-on"),
        (["dog={photos}", "cat={photos}", "--cross-fit", "cat", "--trained-on", "cat"], "needs --trained-on"),
        (["cat={one}"], "more animals with two photos"),
    ],
)
def test_what_cannot_be_fitted_is_said_and_writes_nothing(
    coloured: Path, tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    shutil.copytree(FOLDER / "rex", tmp_path / "one" / "rex")
    given = [argument.format(photos=coloured, one=tmp_path / "one") for argument in arguments]
    with pytest.raises(CommandError, match=sentence):
        fitted(*given, out=tmp_path / "out.json")
    assert not (tmp_path / "out.json").exists()
