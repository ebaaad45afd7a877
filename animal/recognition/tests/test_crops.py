"""The animal is cut out, inside the picture, at the size that the backbone wants."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from animal.recognition.crops import animal_crop, backbone_input, margin_of

RED, BLUE = (255, 0, 0), (0, 0, 255)


@pytest.fixture
def picture() -> Image.Image:
    """A blue square in the middle of red."""
    picture = Image.new("RGB", (400, 200), RED)
    picture.paste(BLUE, (150, 50, 250, 150))
    return picture


def parts_blue(crop: Image.Image) -> float:
    return float((np.asarray(crop)[..., 2] > 127).mean())


def test_the_margin_is_a_part_of_the_box_on_each_side(picture: Image.Image) -> None:
    box = (150 / 400, 50 / 200, 250 / 400, 150 / 200)
    assert parts_blue(animal_crop(picture, box, margin=0)) == pytest.approx(1, abs=0.01)
    assert parts_blue(animal_crop(picture, box, margin=0.5)) == pytest.approx(1 / 4, abs=0.02)
    assert parts_blue(animal_crop(picture, box, margin=0.05)) == pytest.approx(1 / 1.1**2, abs=0.02)
    assert parts_blue(animal_crop(picture, box, margin=margin_of("cat"))) == 1, "a cat is cut inside its box"
    assert parts_blue(animal_crop(picture, box, margin=margin_of("dog"))) < 0.7
    assert margin_of("horse") == margin_of("dog") > 0


def test_the_cut_ends_at_the_edge_of_the_picture_and_is_stretched_to_the_square(picture: Image.Image) -> None:
    assert animal_crop(picture, (0, 0, 1, 1), margin=0.3).tobytes() == animal_crop(picture, None).tobytes()
    assert animal_crop(picture, (0, 0, 0.001, 1)).size == (260, 260)


def test_a_long_animal_keeps_its_shape_where_the_picture_has_room(picture: Image.Image) -> None:
    upper_half = (150 / 400, 50 / 200, 250 / 400, 100 / 200)
    cut = np.asarray(animal_crop(picture, upper_half, margin=0))[..., 2] > 127
    assert cut.mean() == pytest.approx(0.75, abs=0.02)  # 100x100 around it: from 25 to 125, red above 50.
    at_the_edge = np.asarray(animal_crop(picture, (150 / 400, 0, 250 / 400, 0.25), margin=0))[..., 2] > 127
    assert at_the_edge[-130:].mean() == pytest.approx(1, abs=0.02)  # It cannot go up, so it goes down to 100.
    assert not at_the_edge[:125].any()


def test_an_animal_as_long_as_the_picture_is_whole_and_stretched(picture: Image.Image) -> None:
    picture.paste(BLUE, (0, 50, 400, 150))
    cut = np.asarray(animal_crop(picture, (0, 50 / 200, 1, 150 / 200), margin=0))[..., 2] > 127
    assert cut.mean() == pytest.approx(0.5, abs=0.02)  # All of the picture's height, none of its length lost.
    assert cut[130].all()


def test_every_mode_of_picture_becomes_numbers_around_zero() -> None:
    pixels = backbone_input([animal_crop(Image.new(mode, (30, 20), 127), None) for mode in ("L", "P", "RGB")])
    assert (pixels.shape, pixels.dtype) == ((3, 3, 260, 260), np.float32)
    assert not pixels[0].any()
    red = backbone_input([Image.new("RGB", (260, 260), RED)])[0]
    assert red[:, 0, 0] == pytest.approx([1.0, -127 / 128, -127 / 128])
