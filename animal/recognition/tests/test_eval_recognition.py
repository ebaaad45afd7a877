"""The command that measures recognition, on real photos and with embedders that know nothing."""

from __future__ import annotations

import json
import shutil
import sys
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from animal.recognition.bundled import LEARNT_FROM, WEIGHTS_DIR
from animal.recognition.embedder import Embedder
from animal.recognition.measuring import activation_crop
from animal.recognition.measuring.cache import VectorCache
from animal.recognition.measuring.learnt import learnt_from
from animal.recognition.measuring.photos import read_folder, split_unseen
from animal.recognition.networks import LazyNetworks
from animal.recognition.tests.photos import FOLDER
from animal.recognition.tests.test_evaluation import PictureHash
from animal.recognition.training.dataset import split_animals

HASH = f"{__name__}.CountingHash"


class CountingHash(PictureHash):
    name = "counting"
    calls = 0

    def embed(self, images: list[Image.Image]) -> np.ndarray:
        CountingHash.calls += len(images)
        return super().embed(images)


class Constant(PictureHash):
    name = "constant"

    def embed(self, images: list[Image.Image]) -> np.ndarray:
        return np.tile(np.eye(512, dtype=np.float32)[0], (len(images), 1))


@pytest.fixture
def animals(tmp_path: Path, settings) -> Path:
    settings.VAR_DIR = tmp_path / "var"
    CountingHash.calls = 0
    for name in ("chelsea", "rusty", "rex"):
        shutil.copytree(FOLDER / name, tmp_path / "photos" / name)
    return tmp_path / "photos"


def printed(directory: Path, *options: str) -> str:
    out = StringIO()
    call_command("eval_recognition", str(directory), *options, stdout=out)
    return out.getvalue()


def measured(directory: Path, *options: str) -> dict:
    return json.loads(printed(directory, "--json", *options))


def test_the_shipped_model_tells_real_animals_apart(animals: Path) -> None:
    figures = measured(animals)
    assert (figures["animals"], figures["photos"], figures["probes"]) == (3, 6, 6)
    assert (figures["top1"], figures["top5"], figures["top10"], figures["eer"], figures["auc"]) == (1, 1, 1, 0, 1)
    assert (figures["same_pairs"], figures["different_pairs"]) == (3, 12)
    assert set(figures["by_species"]) == {"cat", "dog"} or len(figures["by_species"]) == 1
    assert sum(figures["histogram"]["different"]) == 12


def test_a_model_that_says_the_same_of_every_photo_finds_nobody(animals: Path, settings) -> None:
    settings.EMBEDDING_PROVIDER = f"{__name__}.Constant"
    figures = measured(animals)
    assert (figures["top1"], figures["eer"], figures["tpr_at_fpr_1e-3"]) == (0, 0.5, 0)


def test_a_second_run_computes_nothing_and_says_the_same(animals: Path, settings) -> None:
    settings.EMBEDDING_PROVIDER = HASH
    first = measured(animals)
    assert CountingHash.calls == 6
    assert measured(animals) == first
    assert CountingHash.calls == 6


def test_another_version_of_the_model_computes_anew(animals: Path, settings, monkeypatch) -> None:
    settings.EMBEDDING_PROVIDER = HASH
    measured(animals)
    monkeypatch.setattr(CountingHash, "version", "2")
    measured(animals)
    assert CountingHash.calls == 12


def test_a_record_that_a_killed_run_left_half_written_is_computed_again(animals: Path, settings) -> None:
    settings.EMBEDDING_PROVIDER = HASH
    first = measured(animals)
    (kept,) = (settings.VAR_DIR / "measuring").iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(whole[:-100])
    assert measured(animals) == first
    assert CountingHash.calls == 7
    assert len(kept.read_bytes()) == len(whole)


def test_a_damaged_record_is_computed_again(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path, "v", 4)
    cache.put(b"1" * 32, np.array([1, 0, 0, 0], np.float32), has_animal=False, species="cat")
    cache.put(b"2" * 32, np.array([9, 0, 0, 0], np.float32), has_animal=True, species="")
    again = VectorCache(tmp_path, "v", 4)
    vector, has_animal, species = again.get(b"1" * 32)
    assert (vector.tolist(), has_animal, species) == ([1, 0, 0, 0], False, "cat")
    assert again.get(b"2" * 32) is None


def test_files_that_are_no_pictures_are_named_and_left_out(animals: Path, settings) -> None:
    settings.EMBEDDING_PROVIDER = HASH
    (animals / "rex" / "torn.jpg").write_bytes((animals / "rex" / "a.jpg").read_bytes()[:500])
    (animals / "rex" / "empty.png").touch()
    figures = measured(animals)
    assert figures["photos"] == 6
    assert [line.split(":")[0] for line in figures["unreadable"]] == ["rex/empty.png", "rex/torn.jpg"]
    assert "2 files could not be read" in printed(animals)


def test_probes_are_ranked_in_another_folder_without_meeting_themselves(animals: Path, settings) -> None:
    settings.EMBEDDING_PROVIDER = HASH
    alone = measured(animals)
    figures = measured(animals, "--gallery", str(animals))
    assert {key: figures[key] for key in ("probes", "top1", "map")} == {
        key: alone[key] for key in ("probes", "top1", "map")
    }
    assert (figures["same_pairs"], figures["different_pairs"]) == (6, 24), "each pair from both of its sides"
    shutil.copytree(FOLDER / "rex", animals.parent / "others" / "rex")
    figures = measured(animals, "--gallery", str(animals.parent / "others"))
    assert (figures["probes"], figures["left_out"]) == (2, 4), "only rex is in the gallery"


def test_what_is_measured_can_be_chosen(animals: Path, settings) -> None:
    settings.EMBEDDING_PROVIDER = HASH
    assert measured(animals, "--limit", "2")["animals"] == 2
    unseen = measured(animals, "--unseen", "0.6", "--split-seed", "0")
    assert unseen["animals"] == 2
    assert unseen["against_all"]["different_pairs"] == 4 * 4
    with pytest.raises(CommandError, match="two folders"):
        measured(animals, "--species", "horse")


def test_a_split_keeps_its_part_of_the_animals_whatever_else_there_is() -> None:
    names = [f"animal {number}" for number in range(2000)]
    chosen = split_unseen(names, fraction=0.25, seed=1)
    assert 0.22 < len(chosen) / len(names) < 0.28
    assert chosen == split_unseen(names[:1000], fraction=0.25, seed=1) | split_unseen(
        names[1000:], fraction=0.25, seed=1
    )
    assert chosen != split_unseen(names, fraction=0.25, seed=2)
    assert chosen < split_unseen(names, fraction=0.5, seed=1)


@pytest.mark.stack
def test_each_step_of_the_pipeline_can_be_switched_off(animals: Path, settings) -> None:
    shutil.rmtree(animals / "rusty")
    table = printed(animals, "--ablate")
    for step in (
        "without the crop",
        "without the mirror image",
        "without the head",
        "cut by activations",
        "untrained",
    ):
        assert step in table
    kept = list((settings.VAR_DIR / "measuring").iterdir())
    assert len({path.read_bytes() for path in kept}) == 6, "each of the six computes vectors of its own"
    assert measured(animals, "--version-of-model", "untrained")["model"].startswith("untrained")
    assert measured(animals, "--version-of-model", "by-activations")["model"].startswith("activations")


def test_activations_show_where_the_animal_is(settings) -> None:
    cat = Image.open(FOLDER / "chelsea" / "a.jpg").convert("RGB")
    canvas = Image.new("RGB", (cat.width * 2, cat.height * 2), (120, 140, 120))
    canvas.paste(cat, (cat.width, cat.height))
    left, top, right, bottom = activation_crop.find(LazyNetworks(settings.MODEL_DIR).get(), canvas)
    assert left > 0.3
    assert top > 0.3
    assert right > 0.8
    assert bottom > 0.7


@pytest.mark.parametrize(
    ("activation", "box"),
    [(np.ones((9, 9)), (0, 0, 1, 1)), (np.pad(np.ones((3, 3)), 3), (1 / 3, 1 / 3, 2 / 3, 2 / 3))],
    ids=["all alike", "in the middle"],
)
def test_the_cut_holds_all_that_is_active(activation: np.ndarray, box: tuple[float, ...]) -> None:
    assert activation_crop.box_of(activation) == pytest.approx(box, abs=0.06)


def test_probabilities_are_measured_where_a_calibration_fits_the_vectors(animals: Path, settings) -> None:
    figures = measured(animals)["calibration"]
    assert set(figures) == {"cat"}, "one dog alone makes no pairs of two"
    cats = figures["cat"]
    assert (cats["fitted_on"], cats["pairs"]) == ("as shipped", 4)
    assert 0 <= cats["ece"] <= 1
    assert cats["brier_skill"] == pytest.approx(1 - 4 * cats["brier"], abs=1e-4), "against always saying one half"
    assert len(cats["bins"]["said"]) == len(cats["bins"]["right"]) > 0
    assert "cat, as shipped" in printed(animals)
    assert measured(animals, "--no-crop")["calibration"] == {}, "other vectors, of which the curves know nothing"


def test_animals_that_the_model_learnt_from_are_named_and_warned_of(
    animals: Path, settings, tmp_path: Path, capsys
) -> None:
    settings.EMBEDDING_PROVIDER, settings.MODEL_DIR = HASH, tmp_path
    assert measured(animals)["learnt_from"] == {}, "of a model of one's own nobody has written it down"
    photos = read_folder(animals, CountingHash(), VectorCache(tmp_path, "v", 512))
    (tmp_path / LEARNT_FROM).write_bytes(learnt_from((photos, {"rex", "rusty"})))
    shutil.rmtree(animals / "rusty")
    (animals / "rex").rename(animals / "by another name")
    figures = measured(animals)
    assert figures["learnt_from"] == {"animals": 1, "photos": 2, "names": ["by another name"]}
    assert "learnt from 1 of the animals" in capsys.readouterr().err
    assert measured(animals, "--version-of-model", "untrained")["learnt_from"] == {}


def test_the_shipped_model_says_what_it_learnt_from() -> None:
    learnt = json.loads((WEIGHTS_DIR / LEARNT_FROM).read_bytes())
    assert {species: len(animals) for species, animals in learnt.items()} == {"cat": 17, "dog": 736}
    for animals in learnt.values():
        assert split_animals(list(animals)).unseen == ()


def test_without_a_calibration_animals_are_judged_by_the_others_of_the_folder(animals: Path, settings) -> None:
    for name in ("minka", "rex"):
        shutil.copytree(FOLDER / "chelsea", animals / f"another {name}")
    figures = measured(animals, "--species", "cat", "--cross-fit")["calibration"]["cat"]
    assert figures["fitted_on"] == "the other animals"
    assert figures["pairs"] > 2


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--unseen", "1.5"], "--unseen is a part"),
        (["--limit", "0"], "--limit must be at least 1"),
        (["--ablate", "--version-of-model", "untrained"], "takes the model in use apart"),
        (["--gallery", "nowhere"], "nowhere is not a folder"),
        (["--trained-on", "."], "--trained-on goes with --cross-fit"),
    ],
)
def test_options_that_cannot_work_are_refused_with_a_sentence(animals: Path, options: list[str], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        printed(animals, *options)


def test_a_step_of_a_model_elsewhere_cannot_be_switched_off(animals: Path, settings) -> None:
    settings.EMBEDDING_PROVIDER = HASH
    for option in ("--no-crop", "--ablate"):
        with pytest.raises(CommandError, match="EMBEDDING_PROVIDER=onnx"):
            printed(animals, option)


def test_drawing_without_matplotlib_is_refused_before_anything_is_measured(
    animals: Path, settings, monkeypatch, tmp_path: Path
) -> None:
    settings.EMBEDDING_PROVIDER = HASH
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(CommandError, match="--group measure"):
        printed(animals, "--png", str(tmp_path / "curves.png"))
    assert CountingHash.calls == 0


@pytest.mark.stack  # Only the service lane installs matplotlib.
def test_curves_are_drawn(animals: Path, settings, tmp_path: Path) -> None:
    settings.EMBEDDING_PROVIDER = HASH
    printed(animals, "--png", str(tmp_path / "curves.png"))
    with Image.open(tmp_path / "curves.png") as picture:
        assert picture.width > 1700, "the reliability diagram stands beside the two others"
        assert len(picture.convert("RGB").getcolors(1_000_000)) > 50, "an empty picture has few colours"


def test_the_embedders_of_these_tests_are_embedders() -> None:
    embedder: Embedder = CountingHash()
    assert embedder.version == "1"
