"""A photo becomes a vector that finds the same animal again, and a photo without an animal becomes none."""

from __future__ import annotations

import ast
import inspect
import json
import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from types import ModuleType

import numpy as np
import pytest
from django.conf import settings
from PIL import Image

from animal.recognition import bundled, crops, detector, pipeline
from animal.recognition.calibration import bundled_calibration
from animal.recognition.embedder import OnnxEmbedder
from animal.recognition.measuring.untrained import version_of
from animal.recognition.tests.photos import photo
from animal.recognition.training.examples import cut_recipe


@pytest.mark.parametrize("constant", ["MARGIN", "REDUCING_GAP", "DETECTOR_SIDE"])
def test_what_measuring_and_training_keep_of_photos_goes_by_how_they_were_cut(monkeypatch, constant: str) -> None:
    before = cut_recipe(crop=True), cut_recipe(crop=False), version_of(crop=True), version_of(crop=False)
    assert len(set(map(repr, before))) == 4
    monkeypatch.setattr(pipeline, constant, 7)
    after = cut_recipe(crop=True), cut_recipe(crop=False), version_of(crop=True), version_of(crop=False)
    assert all(one != other for one, other in zip(before, after, strict=True))


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


@pytest.mark.parametrize("constant", sorted(pipeline.constants()))
def test_the_version_changes_with_everything_that_moves_a_vector(
    onnx: OnnxEmbedder, monkeypatch, constant: str
) -> None:
    before = onnx.version
    assert before == OnnxEmbedder(settings.MODEL_DIR).version
    monkeypatch.setattr(pipeline, constant, 0.123)
    assert onnx.version != before
    assert len(onnx.version) <= 64


@pytest.mark.parametrize("name", [bundled.DETECTOR, bundled.RECOGNISER])
def test_the_version_changes_with_the_networks(onnx: OnnxEmbedder, monkeypatch, name: str) -> None:
    before = onnx.version
    monkeypatch.setitem(bundled.SHA256, name, "0" * 64)
    assert onnx.version != before


@pytest.mark.parametrize("module", [crops, detector])
def test_numbers_that_move_a_vector_stand_where_the_version_takes_them_from(module: ModuleType) -> None:
    """These two modules stand in front of the networks: every number of theirs moves vectors."""
    own = {
        target.id
        for line in ast.parse(inspect.getsource(module)).body
        if isinstance(line, ast.Assign)
        for target in line.targets
        if isinstance(target, ast.Name) and target.id.isupper()
    }
    # The name of an input, and two of pipeline.py's as arrays.
    assert own <= {"INPUT", "MEAN_BGR", "DEVIATION_BGR"}


# What a drawn picture feeds to both networks, by the digest of all constants.
FED = {
    "a0e0397e26bc": [
        72, 29, 27, -32, -60, 119, 37, 37, 71, -167, -167, -167, -37, -37, -37, 136, 136, 136, -169, -37, 138,
        -169, -37, 138, -169, -37, 138, -61, -30, 12, -61, -30, 12, -61, -30, 12, -58, -58, -58, -19, -19, -19,
        34, 34, 34, -13, 16, 2, -55, 49, -50, -20, -2, -22,
    ]
}  # fmt: skip


def levels(pixels: np.ndarray) -> list[int]:
    """A few of what a network [1,3,height,width] is fed with."""
    rows, columns = ((np.array([0.1, 0.4, 0.8]) * side).astype(int) for side in pixels.shape[-2:])
    return np.round(pixels[0][:, rows][:, :, columns] * 100).astype(int).ravel().tolist()


def test_pixels_that_move_have_another_version() -> None:
    """Whoever changes what the networks are fed with writes down what that is now, and raises pipeline.REVISION where
    no number changed: the vectors of another way are another version's."""
    y, x = np.mgrid[:960, :1280]
    picture = Image.fromarray(np.stack([x // 5, y // 4, (x * x + 3 * y * y) // 97 % 256], -1).astype(np.uint8))
    cut = crops.animal_crop(picture, (0.2, 0.3, 0.6, 0.7))
    fed = levels(detector.network_input(picture)[detector.INPUT]) + levels(crops.backbone_input([cut]))
    constants = json.dumps(pipeline.constants(), sort_keys=True, default=list)
    assert fed == pytest.approx(FED[sha256(constants.encode()).hexdigest()[:12]], abs=2)
