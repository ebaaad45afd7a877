"""The untrained backbone is converted once, rebuilt when damaged; what is shipped is verified at every load."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from animal.recognition.bundled import CALIBRATION, DETECTOR, RECOGNISER, WEIGHTS_DIR, read_bundled
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
    with pytest.raises(ModelUnavailable, match="are damaged"):
        verified_backbone(tmp_path / "models")
    assert not list((tmp_path / "models").glob("*"))
    shutil.copy(checkpoint_path(), broken_package)
    assert verified_backbone(tmp_path / "models").exists()


def test_a_folder_that_cannot_be_written_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ModelUnavailable, match="cannot be kept"):
        verified_backbone(tmp_path / "file")


@pytest.mark.parametrize("name", [DETECTOR, RECOGNISER, CALIBRATION])
def test_every_shipped_file_has_the_checksum_that_is_written_down(name: str) -> None:
    assert read_bundled(name)


@pytest.mark.parametrize("broken", [DETECTOR, RECOGNISER])
@pytest.mark.parametrize(("content", "sentence"), [(b"damaged", "is damaged"), (None, "cannot be read")])
def test_a_shipped_file_that_is_not_intact_is_named_and_mending_it_is_enough(
    tmp_path: Path, broken: str, content: bytes | None, sentence: str
) -> None:
    networks = LazyNetworks(tmp_path)
    for name in (DETECTOR, RECOGNISER):
        (tmp_path / name).symlink_to(WEIGHTS_DIR / name)
    (tmp_path / broken).unlink()
    if content is not None:
        (tmp_path / broken).write_bytes(content)
    with pytest.raises(ModelUnavailable, match=f"{broken} {sentence}"):
        networks.get()
    (tmp_path / broken).unlink(missing_ok=True)
    (tmp_path / broken).symlink_to(WEIGHTS_DIR / broken)
    assert networks.get() is networks.get()
