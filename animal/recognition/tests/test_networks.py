"""Memory of the networks' runs: given back soon, but not after each of many photos."""

from __future__ import annotations

import numpy as np
import pytest
from django.conf import settings

from animal.recognition import networks
from animal.recognition.networks import FreedMemory, LazyNetworks


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


def test_several_pictures_at_once_are_what_they_are_one_by_one() -> None:
    loaded = LazyNetworks(settings.MODEL_CACHE_DIR).get()
    pixels = np.random.default_rng(1).normal(size=(2, 3, 260, 260)).astype(np.float32)
    both = loaded.run_backbone(pixels)
    assert [part.shape[0] for part in both] == [2, 2]
    for row in range(2):
        for part, alone in zip(both, loaded.run_backbone(pixels[row : row + 1]), strict=True):
            assert np.allclose(part[row], alone[0], atol=1e-4)
