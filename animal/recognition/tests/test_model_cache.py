"""The backbone is converted once, verified on every load, rebuilt when damaged, and never given up for good."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings

from animal.recognition import bundled
from animal.recognition.bundled import CALIBRATION, DETECTOR, PROJECTION, read_bundled
from animal.recognition.convert import CHECKPOINT, PACKAGE, checkpoint_path, checksum_path
from animal.recognition.errors import ModelUnavailable
from animal.recognition.model_cache import backbone_path, verified_backbone
from animal.recognition.networks import LazyNetworks


@pytest.fixture(scope="module")
def converted(tmp_path_factory) -> Path:
    """A folder with a converted network; two processes raced to make it."""
    folder = tmp_path_factory.mktemp("models")
    with ThreadPoolExecutor() as pool:
        assert len(set(pool.map(verified_backbone, [folder, folder]))) == 1
    return folder


@pytest.fixture
def broken_package(tmp_path: Path, monkeypatch) -> Path:
    """The weights of a package that stands before the installed one, and whose weights are damaged."""
    models = tmp_path / "packages" / PACKAGE / "models"
    models.mkdir(parents=True)
    (models.parent / "__init__.py").touch()
    (models / CHECKPOINT).write_bytes(b"damaged")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "packages"))
    return models / CHECKPOINT


def test_a_race_leaves_one_network_its_checksum_and_nothing_else(converted: Path) -> None:
    path = backbone_path(converted)
    assert sorted(converted.iterdir()) == [path, checksum_path(path)]


def test_an_intact_network_is_not_converted_again(converted: Path, broken_package: Path) -> None:
    written = backbone_path(converted).stat().st_mtime_ns
    assert verified_backbone(converted).stat().st_mtime_ns == written


@pytest.mark.parametrize("damage", ["truncated", "no checksum"])
def test_a_damaged_network_is_rebuilt_to_the_same_bytes(converted: Path, tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "models"
    shutil.copytree(converted, folder)
    path = backbone_path(folder)
    intact = path.read_bytes()
    if damage == "truncated":
        path.write_bytes(intact[:1000])
    else:
        checksum_path(path).unlink()
    assert verified_backbone(folder).read_bytes() == intact


def test_damaged_weights_are_said_in_a_sentence_and_mending_them_is_enough(
    tmp_path: Path, broken_package: Path
) -> None:
    networks = LazyNetworks(tmp_path / "models")
    with pytest.raises(ModelUnavailable, match="are damaged"):
        networks.get()
    assert not list((tmp_path / "models").glob("*"))
    shutil.copy(checkpoint_path(), broken_package)
    assert networks.get() is networks.get()


def test_a_folder_that_cannot_be_written_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ModelUnavailable, match="cannot be kept"):
        verified_backbone(tmp_path / "file")


@pytest.mark.parametrize("name", [DETECTOR, PROJECTION, CALIBRATION])
def test_every_shipped_file_has_the_checksum_that_is_written_down(name: str) -> None:
    assert read_bundled(name)


@pytest.mark.parametrize(("content", "sentence"), [(b"damaged", "is damaged"), (None, "cannot be read")])
def test_a_shipped_file_that_is_not_intact_is_named(
    tmp_path: Path, monkeypatch, content: bytes | None, sentence: str
) -> None:
    monkeypatch.setattr(bundled, "WEIGHTS_DIR", tmp_path)
    if content is not None:
        (tmp_path / DETECTOR).write_bytes(content)
    with pytest.raises(ModelUnavailable, match=f"{DETECTOR} {sentence}"):
        LazyNetworks(settings.MODEL_CACHE_DIR).get()
