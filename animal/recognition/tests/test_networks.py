"""Memory of the networks' runs: given back soon, but not after each of many photos."""

from __future__ import annotations

import numpy as np
import pytest
from django.conf import settings

from animal.recognition import networks
from animal.recognition.networks import FreedMemory, LazyNetworks
from animal.recognition.unit_vectors import FEATURES


@pytest.fixture
def trims(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the C library is asked for."""
    asked: list[str] = []

    class Library:
        def malloc_trim(self, pad: int) -> int:
            asked.append("trim")
            return 1

    monkeypatch.setattr(networks.ctypes, "CDLL", lambda name: Library())
    return asked


def test_a_single_photo_gives_its_memory_back_at_once(trims: list[str]) -> None:
    FreedMemory(pause_seconds=60).give_back()
    assert trims == ["trim"]


def test_many_photos_give_it_back_once_at_first_and_once_when_they_are_over(trims: list[str]) -> None:
    memory = FreedMemory(pause_seconds=60)
    for _ in range(5):
        memory.give_back()
    assert trims == ["trim"]
    later = memory._timer
    assert later is not None
    assert 50 < later.interval <= 60
    later.cancel()
    later.function()
    assert trims == ["trim"] * 2
    assert memory._timer is None


def test_a_run_sees_the_picture_and_its_mirror_image() -> None:
    loaded = LazyNetworks(settings.MODEL_DIR).get()
    pixels = np.random.default_rng(1).normal(size=(1, 3, 260, 260)).astype(np.float32)
    vectors, logits = loaded.run_recogniser(pixels)
    mirrored, _ = loaded.run_recogniser(np.ascontiguousarray(pixels[..., ::-1]))
    assert (vectors.shape, logits.shape) == ((2, 512), (1000,))
    assert np.allclose(vectors, mirrored[::-1], atol=1e-3)
    assert not np.allclose(vectors[0], vectors[1], atol=1e-2)
    assert loaded.run_recogniser(pixels, "features")[0].shape == (2, FEATURES)
