"""The head of the recogniser in use, fitted anew: what it learns from, and what else stays as it was."""

from __future__ import annotations

import json
import shutil
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from animal.recognition.bundled import DETECTOR, RECOGNISER, bundled_path
from animal.recognition.crops import backbone_input
from animal.recognition.management.commands import fit_head
from animal.recognition.measuring.photos import PhotoSet
from animal.recognition.networks import open_session
from animal.recognition.tests.drawn import draw_animals
from animal.recognition.tests.photos import photo
from animal.recognition.training import heads as heads_module
from animal.recognition.training import shipping
from animal.recognition.training.dataset import split_animals
from animal.recognition.training.export import centre_of, with_head
from animal.recognition.training.heads import Heads
from animal.recognition.training.initial_head import Head
from animal.recognition.training.shipping import photos_learnt_from
from animal.recognition.unit_vectors import FEATURES


def noise(animals: int, *, species: str) -> PhotoSet:
    count = 2 * animals
    return PhotoSet(
        names=tuple(f"{species} {number}" for number in range(animals)),
        labels=np.repeat(np.arange(animals), 2),
        vectors=np.random.default_rng(animals).normal(size=(count, 64)).astype(np.float32),
        has_animal=np.ones(count, np.bool_),
        species=(species,) * count,
        digests=tuple(f"{species} {number}".encode() for number in range(count)),
    )


def test_the_head_learns_from_all_but_the_unseen_and_from_validation_animals_only_when_asked(monkeypatch) -> None:
    taught: list[int] = []

    def spy(species: list, apart: np.ndarray, dimensions: int) -> Head:
        taught.extend(len(one.features) for one in species)
        return Head(np.zeros(64), np.zeros((dimensions, 64)), np.zeros(dimensions))

    monkeypatch.setattr(heads_module, "fit_shipped_head", spy)
    heads = Heads(
        noise(60, species="dog"), noise(10, species="cat"), np.random.default_rng(0).normal(size=(1000, 32)), (32, 32)
    )
    split = split_animals(heads.first.names)
    assert heads.validation == set(split.validation) != set()
    heads.without(())
    heads.without({"cat 3"}, first=heads.validation)
    learnt = 2 * (len(split.training) + len(split.validation))
    assert taught == [learnt, 20, learnt - 2 * len(split.validation), 18]
    taught.clear()
    of_one = heads.without(set(heads.second.names))
    assert taught == [learnt], "a species of which nothing is left has no say"
    assert np.isfinite(of_one.mean).all()
    listed = json.loads(photos_learnt_from(heads))
    assert set(listed["dog"]) == {*split.training, *split.validation}
    assert set(listed["cat"]) == set(heads.second.names) - set(split_animals(heads.second.names).unseen)


def test_another_head_sees_the_same_features(tmp_path: Path) -> None:
    recogniser = bundled_path(RECOGNISER)
    content, rng = recogniser.read_bytes(), np.random.default_rng(3)
    head = Head(np.full(FEATURES, 0.3), rng.normal(size=(512, FEATURES)) / 50, np.full(512, 0.01))
    (tmp_path / RECOGNISER).write_bytes(with_head(content, head))
    pixels = {"input": backbone_input([photo("rusty/a.jpg").resize((260, 260))])}
    (features,) = open_session(recogniser).run(["features"], pixels)
    vectors, centred = open_session(tmp_path / RECOGNISER).run(["vectors", "features"], pixels)
    assert np.allclose(centred + head.mean, features + centre_of(content), atol=1e-4)
    expected = centred @ head.matrix.T.astype(np.float16).astype(np.float32) + 0.01
    assert np.allclose(vectors, expected, atol=0.02)


def test_a_network_that_is_no_recogniser_gets_no_head() -> None:
    detector = bundled_path(DETECTOR).read_bytes()
    with pytest.raises(ValueError, match="the recogniser has no head/mean"):
        centre_of(detector)
    with pytest.raises(ValueError, match="the recogniser has no head/b, head/mean, head/w/half"):
        with_head(detector, Head(np.zeros(FEATURES), np.zeros((512, FEATURES)), np.zeros(512)))


@pytest.mark.parametrize("given", [["nowhere"], ["photos", "--second", "nowhere"]])
def test_a_folder_that_is_not_there_is_said(tmp_path: Path, given: list[str]) -> None:
    (tmp_path / "photos").mkdir()
    arguments = [value if value.startswith("--") else str(tmp_path / value) for value in given]
    with pytest.raises(CommandError, match="nowhere is not a folder"):
        call_command(fit_head.Command(), *arguments, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.stack
def test_other_photos_than_the_network_learnt_from_are_refused(tmp_path: Path, settings) -> None:
    settings.VAR_DIR = tmp_path / "var"
    root = draw_animals(tmp_path / "photos")
    with pytest.raises(CommandError, match=r"\d+ photos that the recogniser in use learnt from are not among those"):
        call_command("fit_head", str(root), out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.stack
@pytest.mark.parametrize("is_anew", [False, True])
def test_the_command_writes_a_recogniser_that_differs_in_its_head_and_exported_anew_in_its_ranges(
    tmp_path: Path, settings, monkeypatch, is_anew: bool
) -> None:
    monkeypatch.setattr(shipping, "SECOND_SPLITS", 1)  # Each takes five seconds.
    settings.VAR_DIR, settings.MODEL_DIR = tmp_path / "var", tmp_path / "model"
    settings.MODEL_DIR.mkdir()
    for name in (RECOGNISER, DETECTOR):  # And nothing that says what it learnt from.
        shutil.copy(bundled_path(name), settings.MODEL_DIR)
    root, answer = draw_animals(tmp_path / "photos"), StringIO()
    shutil.copytree(root, tmp_path / "second")
    given = {"second": tmp_path / "second", "out": tmp_path / "out", "export_anew": is_anew}
    call_command("fit_head", str(root), **given, stdout=answer)
    assert sorted(file.name for file in given["out"].iterdir()) == ["learnt_from.json", RECOGNISER]
    report = json.loads(answer.getvalue())
    assert set(report["unseen"]) == {"untrained features", "tuned features", "shipped"}
    assert report["second_species"]
    pixels = {"input": backbone_input([photo("rusty/a.jpg").resize((260, 260))])}
    names = ["logits", "activations", "vectors"]
    before, after = (
        open_session(path).run(names, pixels) for path in (bundled_path(RECOGNISER), tmp_path / "out" / RECOGNISER)
    )
    for one, other in zip(before[:2], after[:2], strict=True):
        if is_anew:  # Ranges are read from other pictures.
            assert np.corrcoef(one.ravel(), other.ravel())[0, 1] > 0.98
        else:
            assert np.array_equal(one, other)
    assert not np.allclose(before[2], after[2], atol=0.01)
    assert json.loads((tmp_path / "out" / "learnt_from.json").read_text())
