"""Recognition is measured by filing reports for animals that are registered."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from animal.recognition.calibration import bundled_calibration
from animal.recognition.embedder import PhotoReading
from animal.recognition.evaluation import (
    LabelledPhoto,
    Reunion,
    find_photos,
    notified,
    probabilities,
    reunite,
    species_shown,
)
from animal.recognition.management.commands.eval_reunion import meaning
from animal.recognition.scoring import GALLERIES, best_cosine, distinct_photos, gallery_vectors, pet_vector
from animal.recognition.tests.photos import FOLDER
from animal.recognition.unit_vectors import normalised


def unit(*parts: float) -> np.ndarray:
    return normalised(np.array([*parts, *([0.0] * (512 - len(parts)))], np.float32))


def labelled(animal: str, *vectors: np.ndarray | None) -> list[LabelledPhoto]:
    return [LabelledPhoto(animal, Path(f"{animal}/{number}.jpg"), vector) for number, vector in enumerate(vectors)]


def test_near_duplicates_count_once() -> None:
    twice, other = unit(1, 0.01), unit(0, 1)
    assert distinct_photos([unit(1), twice, other]) == [0, 2]
    assert np.allclose(pet_vector([unit(1), twice, other]), unit(1, 1), atol=0.01)
    assert gallery_vectors([unit(1), twice, other]).shape == (3, 512)


def test_an_animal_without_photos_has_no_vector_and_scores_last() -> None:
    assert pet_vector([]) is None
    assert best_cosine(unit(1), gallery_vectors([])) == -1


def test_the_best_of_mean_and_photos_counts() -> None:
    gallery = gallery_vectors([unit(1, 0), unit(0, 1)])
    assert best_cosine(unit(1, 1), gallery) == pytest.approx(1)
    assert best_cosine(unit(1, 0), gallery) == pytest.approx(1)


def test_every_second_photo_registers_and_the_others_report() -> None:
    a, b = unit(1), unit(0, 1)
    assert all(
        reunite(labelled("a", a, a) + labelled("b", b, b), way).among_first(1) == 1 for way in GALLERIES.values()
    )
    reunion = reunite(labelled("a", a, a, a, b) + labelled("b", b, b))
    assert (reunion.animals, reunion.truth.tolist()) == (("a", "b"), [0, 0, 1])
    assert reunion.among_first(1) == pytest.approx(2 / 3)
    assert reunion.among_first(2) == 1
    assert (notified(reunion, 0.9).right, notified(reunion, 0.9).wrong) == (2, 1)


def test_a_constant_embedder_finds_nobody() -> None:
    reunion = reunite(labelled("a", *[unit(1)] * 4) + labelled("b", *[unit(1)] * 4))
    assert reunion.among_first(1) == 0


def test_a_report_in_which_no_animal_was_seen_is_a_miss_and_notifies_nobody() -> None:
    reunion = reunite(labelled("a", unit(1), None) + labelled("b", unit(0, 1), unit(0, 1)))
    assert reunion.among_first(2) == 0.5
    assert (notified(reunion, -0.5).right, notified(reunion, -0.5).wrong) == (1, 1)


def test_at_most_ten_candidates_are_notified_per_report() -> None:
    photos = [one for number in range(15) for one in labelled(f"{number:02}", unit(1, number / 100), unit(1, 0))]
    result = notified(reunite(photos), 0.5)
    assert result.right + result.wrong == 15 * 10


def test_probabilities_take_the_place_of_cosines_by_the_species_of_each_animal() -> None:
    photos = [
        replace(photo, species=species)
        for animal, species in (("cat", "cat"), ("dog", "dog"))
        for photo in labelled(animal, unit(1), unit(1, 1), None)
    ]
    reunion = reunite(photos)
    said = probabilities(reunion, photos, bundled_calibration())
    for place, species in enumerate(("cat", "dog")):
        expected = bundled_calibration().probability(reunion.cosines[0, place], species)
        assert said.cosines[0, place] == pytest.approx(float(expected))
    assert said.cosines[0, 0] != said.cosines[0, 1], "equal cosines mean something else for another species"
    assert species_shown([replace(photos[0], species="")], "cat") == ""


def test_whether_probabilities_are_kept_is_told_by_bands() -> None:
    cosines = np.array([[0.97, 0.1, 0.02], [0.2, 0.9, 0.01]])
    reunion = Reunion(("a", "b", "c"), cosines, np.array([0, 0]))
    rows = meaning(reunion.cosines.ravel(), reunion.right_pairs().ravel())
    assert rows == [
        {"pairs": 2, "said": 0.15, "right": 0.5},
        {"pairs": 1, "said": 0.9, "right": 0.0},
        {"pairs": 1, "said": 0.97, "right": 1.0},
    ]


class PictureHash:
    """Recognises a file and nothing else, as a look-up of bytes would."""

    name = "hash"
    version = "1"

    def read(self, images: list[Image.Image]) -> list[PhotoReading]:
        return [PhotoReading(self.embed([image])[0]) for image in images]

    def embed(self, images: list[Image.Image]) -> np.ndarray:
        seeds = [int.from_bytes(hashlib.sha256(image.tobytes()).digest()[:8]) for image in images]
        return normalised(np.stack([np.random.default_rng(seed).normal(size=512) for seed in seeds]).astype(np.float32))


@pytest.fixture
def animals(tmp_path: Path) -> Path:
    for name in ("chelsea", "rusty", "rex"):
        shutil.copytree(FOLDER / name, tmp_path / name)
    return tmp_path


def measured(directory: Path) -> dict:
    out = StringIO()
    call_command("eval_reunion", str(directory), "--json", stdout=out)
    return json.loads(out.getvalue())


def test_the_command_measures_the_shipped_embedder_on_real_photos(animals: Path) -> None:
    figures = measured(animals)
    assert (figures["animals"], figures["reports"], figures["first"]) == (3, 3, 1.0)
    assert figures["reported_lost"] == {
        "threshold": 0.6,
        "right": 3,
        "wrong": 0,
        "wrong_per_right": 0.0,
        "reports_notified_right": 1.0,
    }


def test_the_command_shows_that_a_hash_recognises_nobody(animals: Path, settings) -> None:
    settings.EMBEDDING_PROVIDER = f"{__name__}.PictureHash"
    assert measured(animals)["reported_lost"]["right"] == 0
    out = StringIO()
    call_command("eval_reunion", str(animals), stdout=out)
    assert "hash 1: 3 animals, 6 photos" in out.getvalue()


@pytest.mark.parametrize("content", ["nothing", "one photo each", "no folder"])
def test_a_folder_with_nothing_to_measure_is_said(tmp_path: Path, settings, content: str) -> None:
    settings.EMBEDDING_PROVIDER = f"{__name__}.PictureHash"
    if content == "one photo each":
        for name in ("chelsea", "rex"):
            (tmp_path / name).mkdir()
            shutil.copy(FOLDER / name / "a.jpg", tmp_path / name)
    with pytest.raises(CommandError):
        call_command("eval_reunion", str(tmp_path / "missing" if content == "no folder" else tmp_path))


def test_only_pictures_in_folders_are_read_in_order(tmp_path: Path) -> None:
    (tmp_path / "cat").mkdir()
    for name in ("b.JPG", "a.png", "notes.txt"):
        (tmp_path / "cat" / name).touch()
    (tmp_path / "loose.jpg").touch()
    assert [(animal, path.name) for animal, path in find_photos(tmp_path)] == [("cat", "a.png"), ("cat", "b.JPG")]
