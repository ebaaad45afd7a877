"""A photo becomes a vector that finds the same animal again, and a photo without an animal becomes none."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from django.conf import settings
from PIL import Image

from animal.recognition import crops, embedder
from animal.recognition.calibration import bundled_calibration
from animal.recognition.embedder import OnnxEmbedder
from animal.recognition.tests.photos import photo


@pytest.fixture(scope="module")
def onnx() -> OnnxEmbedder:
    return OnnxEmbedder(settings.MODEL_DIR)


@pytest.fixture(scope="module")
def chelsea(onnx: OnnxEmbedder) -> np.ndarray:
    return onnx.embed([photo("chelsea/a.jpg")])[0]


def test_the_same_cat_passes_the_threshold_and_another_stays_far_below(onnx: OnnxEmbedder, chelsea) -> None:
    same, other = onnx.embed([photo("chelsea/b.jpg"), photo("rusty/a.jpg")])
    shipped = bundled_calibration()
    assert shipped.probability(float(chelsea @ same), "cat") > 0.75
    assert shipped.probability(float(chelsea @ other), "cat") < 0.3


def test_a_mirrored_photo_has_nearly_the_same_vector(onnx: OnnxEmbedder, chelsea) -> None:
    mirrored = photo("chelsea/a.jpg").transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    assert float(chelsea @ onnx.embed([mirrored])[0]) > 0.98


def test_a_reading_says_what_animal_it_is_and_where(onnx: OnnxEmbedder, chelsea) -> None:
    reading = onnx.read([photo("chelsea/a.jpg")])[0]
    assert reading.species == "cat"
    assert 0.5 < reading.species_score <= 1
    assert reading.breeds[0].label == "Egyptian Mau"
    assert reading.box is not None
    assert reading.vector is not None
    assert (reading.vector.shape, reading.vector.dtype) == ((512,), np.float32)
    assert np.linalg.norm(reading.vector) == pytest.approx(1, abs=1e-5)
    assert np.array_equal(reading.vector, chelsea)


@pytest.mark.parametrize(
    ("name", "species", "breed"), [("rex/a.jpg", "dog", "German Shepherd"), ("snowy/a.jpg", "bird", "Goose")]
)
def test_other_species_are_told_with_their_breed(onnx: OnnxEmbedder, name: str, species: str, breed: str) -> None:
    reading = onnx.read([photo(name)])[0]
    assert (reading.species, reading.breeds[0].label) == (species, breed)


def test_an_animal_that_the_detector_misses_is_read_from_the_whole_picture(onnx: OnnxEmbedder) -> None:
    cat = photo("chelsea/a.jpg")
    left, top, right, bottom = (
        round(part * side) for part, side in zip((0.4, 0.3, 0.8, 0.9), cat.size * 2, strict=True)
    )
    close_up = cat.crop((left, top, right, bottom)).rotate(90, expand=True)
    reading = onnx.read([close_up])[0]
    assert (reading.species, reading.box) == ("cat", crops.WHOLE)
    assert reading.vector is not None


@pytest.mark.parametrize("name", ["no_animal/coffee.jpg", "no_animal/rocket.jpg"])
def test_a_photo_without_an_animal_has_no_vector(onnx: OnnxEmbedder, name: str) -> None:
    reading = onnx.read([photo(name)])[0]
    assert (reading.vector, reading.species, reading.box, reading.breeds) == (None, "", None, ())
    assert np.linalg.norm(onnx.embed([photo(name)])[0]) == pytest.approx(1, abs=1e-5)


def test_an_empty_or_noisy_picture_has_no_vector(onnx: OnnxEmbedder) -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (300, 400, 3), np.uint8))
    readings = onnx.read([Image.new("RGB", (640, 480), (200, 180, 160)), noise, Image.new("L", (1, 1))])
    assert [reading.vector for reading in readings] == [None, None, None]


def test_no_pictures_give_no_vectors(onnx: OnnxEmbedder) -> None:
    assert onnx.embed([]).shape == (0, 512)
    assert onnx.read([]) == []


def test_threads_share_the_networks_and_agree(onnx: OnnxEmbedder, chelsea) -> None:
    picture = photo("chelsea/a.jpg")
    with ThreadPoolExecutor(4) as pool:
        vectors = list(pool.map(lambda _: onnx.embed([picture])[0], range(4)))
    assert all(np.array_equal(vector, chelsea) for vector in vectors)


def _embed_in_child(onnx: OnnxEmbedder, answers) -> None:
    answers.put(onnx.embed([photo("chelsea/a.jpg")])[0])


def test_a_forked_process_opens_networks_of_its_own(onnx: OnnxEmbedder, chelsea) -> None:
    fork = multiprocessing.get_context("fork")
    answers = fork.Queue()
    child = fork.Process(target=_embed_in_child, args=(onnx, answers), daemon=True)
    child.start()
    assert np.array_equal(answers.get(timeout=30), chelsea)
    child.join(10)
    assert child.exitcode == 0


@pytest.mark.parametrize(
    ("module", "constant"), [(crops, "MARGIN"), (embedder, "MIN_ANIMAL_MASS_OF_WHOLE"), (embedder, "SURE_DETECTION")]
)
def test_the_version_changes_with_everything_that_moves_a_vector(
    onnx: OnnxEmbedder, monkeypatch, module, constant: str
) -> None:
    before = onnx.version
    assert before == OnnxEmbedder(settings.MODEL_DIR).version
    monkeypatch.setattr(module, constant, 0.123)
    assert onnx.version != before
    assert len(onnx.version) <= 64
