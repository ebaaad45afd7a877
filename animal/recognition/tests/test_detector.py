"""Animals are found where they are, the most prominent first, and nothing is found where there is none."""

from __future__ import annotations

import numpy as np
import pytest
from django.conf import settings
from PIL import Image

from animal.recognition.crops import animal_crop
from animal.recognition.detector import DEVIATION_BGR, MEAN_BGR, Detection, cut_out, detect
from animal.recognition.networks import LazyNetworks
from animal.recognition.pipeline import BINS, COCO_SPECIES, STRIDES
from animal.recognition.pipeline import DETECTOR_SIDE as SIDE
from animal.recognition.tests.photos import photo


@pytest.fixture(scope="module")
def run():
    return LazyNetworks(settings.MODEL_DIR).get().run_detector


def test_a_cat_in_a_corner_is_found_in_that_corner(run) -> None:
    scene = Image.new("RGB", (900, 500), (90, 120, 90))
    scene.paste(photo("chelsea/a.jpg").resize((300, 200)), (580, 280))
    cat = detect(scene, run)[0]
    assert cat.species == "cat"
    assert cat.box == pytest.approx((580 / 900, 280 / 500, 880 / 900, 480 / 500), abs=0.06)


def test_a_dog_before_a_house_with_a_bicycle_is_the_main_animal(run) -> None:
    dog = detect(photo("bruno/a.jpg"), run)[0]
    assert dog.species == "dog"
    assert 0.05 < dog.area < 0.6


def test_of_a_dog_more_is_taken_in_than_of_a_cat_and_without_an_animal_everything() -> None:
    picture = photo("bruno/a.jpg")
    box = (0.3, 0.3, 0.7, 0.7)
    dog, cat = (cut_out(picture, Detection(species, 0.9, box)) for species in ("dog", "cat"))
    assert dog.tobytes() == animal_crop(picture, box, margin=0.15).tobytes()
    assert cat.tobytes() == animal_crop(picture, box, margin=-0.04).tobytes()
    assert cut_out(picture, None).tobytes() == animal_crop(picture, None).tobytes()


@pytest.mark.parametrize("name", ["no_animal/coffee.jpg", "no_animal/rocket.jpg"])
def test_no_animal_is_found_where_there_is_none(run, name: str) -> None:
    assert detect(photo(name), run) == []


def test_an_animal_is_found_at_the_same_place_in_an_upright_and_in_a_lying_picture(run) -> None:
    cat = photo("chelsea/a.jpg").resize((300, 200))
    for size in ((900, 500), (500, 900), (600, 600)):
        scene = Image.new("RGB", size, (90, 120, 90))
        scene.paste(cat, (100, 150))
        expected = (100 / size[0], 150 / size[1], 400 / size[0], 350 / size[1])
        assert detect(scene, run)[0].box == pytest.approx(expected, abs=0.02), size


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1)])
def test_pictures_of_any_shape_are_looked_at(run, size: tuple[int, int]) -> None:
    assert detect(Image.new("RGB", size), run) == []


def outputs(*cells: tuple[int, int, float, float], high: int = SIDE, wide: int = SIDE) -> list[np.ndarray]:
    """What the network would say: (cell, class, score, distance to each side in strides) on the coarsest level."""
    counts = [(wide // stride) * (high // stride) for stride in STRIDES]
    scores = [np.zeros((1, count, 80), np.float32) for count in counts]
    sides = [np.full((1, count, 4 * BINS), -20, np.float32) for count in counts]
    for cell, coco_class, score, distance in cells:
        scores[2][0, cell, coco_class] = score
        sides[2][0, cell].reshape(4, BINS)[:, int(distance)] = 20
    return scores + sides


def test_the_network_is_fed_blue_first_with_as_little_grey_as_its_strides_allow() -> None:
    fed = []

    def look(feed):
        fed.append(feed["input_1"])
        return outputs(high=224)

    detect(Image.new("RGB", (832, 416), (255, 0, 0)), look)
    assert fed[0].shape == (1, 3, 224, 416)
    blue, green, red = fed[0][0, :, 112, 208]
    assert (blue, green, red) == pytest.approx((-103.53 / 57.375, -116.28 / 57.12, (255 - 123.675) / 58.395), abs=1e-4)
    for row in (7, 216):
        assert fed[0][0, :, row, 10] == pytest.approx(((114 - MEAN_BGR) / DEVIATION_BGR).tolist(), abs=1e-4)


def test_boxes_are_decoded_from_the_distances_to_the_four_sides() -> None:
    centre = 3 * 13 + 6  # (208, 112) on the canvas
    found = detect(Image.new("RGB", (832, 416)), lambda _: outputs((centre, 15, 0.9, 3.0), high=224))
    # 96 pixels to each side on the canvas, on which the picture is halved and lies between rows 8 and 216.
    assert found[0].box == pytest.approx((112 / 416, 8 / 208, 304 / 416, 200 / 208), abs=1e-6)


def test_boxes_in_an_upright_picture_are_decoded_row_by_row_of_its_own_width() -> None:
    centre = 6 * 7 + 3  # (112, 208) on a canvas of 224 by 416
    found = detect(Image.new("RGB", (416, 832)), lambda _: outputs((centre, 15, 0.9, 3.0), wide=224))
    assert found[0].box == pytest.approx((8 / 208, 112 / 416, 200 / 208, 304 / 416), abs=1e-6)


def test_one_animal_seen_as_two_species_stays_the_surer_one() -> None:
    found = detect(Image.new("RGB", (416, 416)), lambda _: outputs((84, 15, 0.6, 3.0), (85, 16, 0.7, 3.0)))
    assert [one.species for one in found] == ["dog"]


def test_a_large_animal_comes_before_a_surer_small_one_and_people_are_not_animals() -> None:
    person = 0
    assert person not in COCO_SPECIES
    seen = outputs((16, 15, 0.9, 1.0), (84, 16, 0.7, 3.0), (150, person, 0.99, 2.0))
    assert [one.species for one in detect(Image.new("RGB", (416, 416)), lambda _: seen)] == ["dog", "cat"]
