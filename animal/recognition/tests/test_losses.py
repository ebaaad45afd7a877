"""What training minimises, told from numbers that can be worked out by hand."""

from __future__ import annotations

import math

import pytest

pytestmark = pytest.mark.train

LABELS = [0, 0, 1, 1, 2, 2, 3, 3]


@pytest.fixture
def animals():
    """(vectors [8,4], labels [8], centres [4,4]): four animals at right angles, two photos each."""
    import torch

    labels = torch.tensor(LABELS)
    return torch.eye(4)[labels], labels, torch.eye(4)


def test_an_animal_between_two_lies_where_its_centre_lies_and_none_between_one_and_itself(animals) -> None:
    import torch

    from animal.recognition.training.losses import between

    vectors, labels, centres = animals
    torch.manual_seed(1)
    made, made_centres = between(vectors, centres[labels], labels)
    assert 0 < len(made) <= len(labels)
    assert torch.allclose(made, made_centres, atol=1e-6)
    assert torch.allclose(made.norm(dim=1), torch.ones(len(made)), atol=1e-6)
    assert ((made > 0).sum(1) == 2).all(), "two animals in each"
    alone, _ = between(vectors[:2], centres[labels[:2]], labels[:2])
    assert len(alone) == 0


def test_a_network_that_knows_its_animals_by_heart_still_has_those_between_them_to_learn(animals) -> None:
    import torch

    from animal.recognition.training.losses import ArcFace

    vectors, labels, centres = animals
    torch.manual_seed(1)
    loss, right = ArcFace(centres)(vectors, labels, 0.5)
    assert right == 1
    assert float(loss) > 0.1, "of those that exist it is nothing at all"
    _, wrong = ArcFace(centres)(vectors.roll(2, 0), labels, 0.5)
    assert wrong == 0


@pytest.mark.parametrize(("angle", "expected"), [(0.0, math.cos(0.5)), (math.pi, -1 - 0.5 * math.sin(0.5))])
def test_the_margin_makes_an_angle_larger_and_never_smaller_past_its_end(angle: float, expected: float) -> None:
    import torch

    from animal.recognition.training.losses import with_margin

    cosines = torch.tensor([[math.cos(angle), 0.3]])
    widened = with_margin(cosines, torch.tensor([0]), 0.5)
    assert widened[0].tolist() == pytest.approx([expected, 0.3], abs=2e-3)
