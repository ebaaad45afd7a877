"""Training: what decides which animals are learnt from, in which order, how fast, and what is written in the end."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from django.core.management import CommandError, call_command
from onnx import numpy_helper
from PIL import Image

from animal.recognition.bundled import DETECTOR, bundled_path
from animal.recognition.convert import checkpoint_path
from animal.recognition.crops import backbone_input
from animal.recognition.efficientnet import folded
from animal.recognition.management.commands import train_recognition
from animal.recognition.measuring.photos import PhotoSet, split_unseen
from animal.recognition.model_cache import verified_backbone
from animal.recognition.networks import open_session
from animal.recognition.tests.drawn import draw_animals
from animal.recognition.tests.photos import photo
from animal.recognition.torch_weights import load_state_dict
from animal.recognition.training.dataset import Batches, CannotTrain, load_pictures, split_animals
from animal.recognition.training.export import build_recogniser, centre_of, first_tuned_of, with_head
from animal.recognition.training.heads import Heads
from animal.recognition.training.initial_head import Head, fit_head
from animal.recognition.training.recipe import Recipe, refuse_to_average, refuse_to_go_on, training_recipe
from animal.recognition.training.schedule import EarlyStop, Schedule, averaging_weight
from animal.recognition.training.shipped_head import Examples, alike, fit_shipped_head
from animal.recognition.training.shipped_weights import tuned_convolutions
from animal.recognition.training.shipping import figures, shipped_head
from animal.recognition.unit_vectors import FEATURES, LEVELS

NAMES = [f"animal {number}" for number in range(400)]


def whole(image: Image.Image) -> Image.Image:
    return image


def test_the_split_is_by_animal_and_is_the_one_that_eval_recognition_measures() -> None:
    split = split_animals(NAMES)
    parts = [set(split.training), set(split.validation), set(split.unseen)]
    assert set.union(*parts) == set(NAMES)
    assert sum(map(len, parts)) == len(NAMES)
    assert parts[2] == split_unseen(NAMES, fraction=0.25, seed=0)
    assert 70 < len(parts[2]) < 130
    assert 10 < len(parts[1]) < 50
    assert split == split_animals(list(reversed(NAMES)))


def test_every_batch_holds_as_many_photos_of_as_many_animals_and_every_animal_comes_once_in_a_pass() -> None:
    labels = np.repeat(np.arange(10), 4)
    batches = Batches(labels, animals=5, photos=3, seed=1)
    assert batches.steps_per_epoch == 2
    first, second = labels[batches.batch(0)], labels[batches.batch(1)]
    assert set(first) | set(second) == set(range(10))
    assert (np.unique(first, return_counts=True)[1] == 3).all()
    assert len(set(batches.batch(0).tolist())) == 15


def test_a_resumed_training_gets_the_batches_that_it_would_have_had() -> None:
    labels = np.repeat(np.arange(10), 4)
    before = [Batches(labels, animals=4, photos=2, seed=7).batch(step) for step in range(9)]
    after = Batches(labels, animals=4, photos=2, seed=7)
    assert np.array_equal(after.batch(8), before[8])
    assert not np.array_equal(Batches(labels, animals=4, photos=2, seed=8).batch(8), before[8])


def test_another_pass_shows_other_photos_of_an_animal() -> None:
    batches = Batches(np.repeat(np.arange(2), 20), animals=2, photos=2, seed=1)
    assert len({int(place) for step in range(10) for place in batches.batch(step)}) > 20


def test_an_animal_with_too_few_photos_is_shown_twice() -> None:
    labels = np.array([0, 0, 1, 1, 1])
    batch = Batches(labels, animals=2, photos=3, seed=1).batch(0)
    assert sorted(labels[batch].tolist()) == [0, 0, 0, 1, 1, 1]


def test_the_rate_warms_up_then_falls_and_the_margin_grows() -> None:
    schedule = Schedule(steps_per_epoch=10, epochs=8, margin=0.5)
    rates = [schedule.rate(step) for step in range(schedule.steps)]
    assert rates[0] == 0
    assert np.argmax(rates) == 10
    assert (np.diff(rates[10:]) < 0).all()
    assert 0 < rates[-1] < 0.05
    assert schedule.margin_at(0) < schedule.margin_at(20) < schedule.margin_at(29) == schedule.margin_at(79) == 0.5


def test_the_average_follows_at_first_and_holds_on_later() -> None:
    assert averaging_weight(0, 0.99) == pytest.approx(0.1)
    assert averaging_weight(10_000, 0.99) == 0.99


def test_training_stops_after_as_many_measurements_without_gain_as_it_is_patient() -> None:
    stop = EarlyStop(patience=2)
    assert [stop.is_better(figure) for figure in (0.5, 0.6, 0.6)] == [True, True, False]
    assert not stop.is_over
    assert not stop.is_better(0.55)
    assert stop.is_over
    assert stop.best == 0.6
    assert stop.is_better(0.7)
    assert not stop.is_better(0.6)
    assert not stop.is_over


def test_the_first_head_levels_out_what_all_animals_share() -> None:
    features = np.zeros((2000, 8), np.float32)
    features[:, :2] = np.random.default_rng(1).normal((5, 2), (9, 1), (2000, 2))
    head = fit_head(features, 4)
    spread = np.sort(head(features).std(0))[::-1]
    assert spread[0] / spread[1] == pytest.approx(3, rel=0.1)  # The square root of 9 to 1.
    assert np.allclose(head(features).mean(0), 0, atol=1e-6)
    assert np.sqrt((head(features) ** 2).sum(1).mean()) == pytest.approx(1)


def test_features_that_stand_side_by_side_weigh_alike_however_large_their_numbers_are() -> None:
    rng = np.random.default_rng(2)
    small, large = rng.normal(1, 1, (500, 3)), rng.normal(9, 100, (500, 3))
    first, second = alike([small, large], np.arange(500))
    assert first == pytest.approx(1, rel=0.1)
    assert second == pytest.approx(100, rel=0.1)


def examples(rng: np.random.Generator, centre: list[float]) -> Examples:
    """Forty animals, ten photos each: they differ in the first two numbers, and their photos in the third, loudly."""
    animals = np.repeat(np.arange(40), 10)
    features = np.zeros((400, 6))
    features[:, :2] = rng.normal(0, 1, (40, 2))[animals]
    features[:, 2] = rng.normal(0, 5, 400)
    return Examples(features + rng.normal(0, 0.05, (400, 6)) + centre, animals)


def test_the_head_shrinks_what_differs_between_photos_of_one_animal_and_leaves_species_out() -> None:
    rng = np.random.default_rng(4)
    cats, dogs = examples(rng, [0, 0, 0, 9, 0, 0]), examples(rng, [0, 0, 0, 0, 0, 0])
    apart = np.eye(6)[:, 5:]
    head = fit_shipped_head([dogs, cats], apart, 8)
    assert head.matrix.shape == (8, 6)

    def reach(direction: list[float]) -> float:
        return float(np.linalg.norm(head.matrix @ np.array(direction)))

    assert reach([1, 0, 0, 0, 0, 0]) > 2 * reach([0, 0, 1, 0, 0, 0])
    assert reach([0, 0, 0, 1, 0, 0]) == pytest.approx(0, abs=5e-2 * reach([1, 0, 0, 0, 0, 0]))
    assert reach([0, 0, 0, 0, 0, 1]) == pytest.approx(0, abs=1e-9)
    lengths = np.linalg.norm(np.concatenate([head(dogs.features), head(cats.features)]), axis=1)
    assert np.sqrt((lengths**2).mean()) == pytest.approx(1)


def test_a_head_may_learn_from_one_species_and_from_fewer_directions_than_it_has() -> None:
    head = fit_shipped_head([examples(np.random.default_rng(4), [0] * 6)], np.zeros((6, 0)), 8)
    assert (np.abs(head.matrix[6:]) == 0).all()


def test_pictures_are_read_once_and_again_when_a_photo_came(tmp_path: Path) -> None:
    root, kept = draw_animals(tmp_path / "photos", animals=4, photos=2), tmp_path / "out"
    kept.mkdir()
    reads = []

    def progress(photos):
        reads.append(len(photos))
        return photos

    def load(side: int = 32):
        return load_pictures(root, kept, side=side, cut=whole, recipe="whole", progress=progress)

    pictures = load()
    assert pictures.pixels.shape == (8, 32, 32, 3)
    assert pictures.labels.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert pictures.of(["animal-01", "animal-03"]).tolist() == [2, 3, 6, 7]
    load()
    assert reads == [8]
    Image.new("RGB", (9, 9)).save(root / "animal-00" / "more.jpg")
    load()
    load(side=16)
    assert reads == [8, 9, 9]


def test_too_few_animals_are_said(tmp_path: Path) -> None:
    root = draw_animals(tmp_path / "photos", animals=3)
    with pytest.raises(CannotTrain, match="at least 4 folders"):
        load_pictures(root, tmp_path, side=32, cut=whole, recipe="", progress=lambda photos: photos)


def a_recipe(root: Path, kept: Path, *, side: int = 32, crop: bool = False, **options: object) -> Recipe:
    kept.mkdir(exist_ok=True)
    pictures = load_pictures(root, kept, side=side, cut=whole, recipe=(crop,), progress=lambda photos: photos)
    chosen = {"epochs": 14, "seed": 1, "patience": 3, "animals_per_batch": 16, "first_tuned": 7} | options
    return training_recipe(chosen, pictures, split_animals(pictures.names), (crop,))


def test_trainings_that_began_alike_are_averaged_whatever_their_length_and_seed(tmp_path: Path) -> None:
    root = draw_animals(tmp_path / "photos", animals=4)
    mine = a_recipe(root, tmp_path / "mine")
    other = a_recipe(root, tmp_path / "other", epochs=32, seed=2, patience=99, animals_per_batch=8)
    refuse_to_average(tmp_path, other, mine)
    with pytest.raises(CannotTrain, match=r"other data or options \(animals_per_batch, epochs, patience, seed\)"):
        refuse_to_go_on(tmp_path, other, mine)
    refuse_to_go_on(tmp_path, a_recipe(root, tmp_path / "again"), mine)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"first_tuned": 5}, "it has other blocks tuned."),
        ({"side": 64}, "it has other photos, or cuts of another size."),
        ({"crop": True}, "other photos, or cuts of another size, another cut."),
        ({"backbone": "of another release"}, "it has another backbone."),
        ({"split": "of another release"}, "it has another split by animal."),
    ],
)
def test_trainings_that_did_not_begin_alike_are_not_averaged(tmp_path: Path, change: dict, said: str) -> None:
    root = draw_animals(tmp_path / "photos", animals=4)
    written = {key: value for key, value in change.items() if key in ("backbone", "split")}
    chosen = {key: value for key, value in change.items() if key not in written}
    other = a_recipe(root, tmp_path / "other", **chosen) | written
    with pytest.raises(CannotTrain, match=f"other/checkpoint.pt cannot be averaged with this training: .*{said}"):
        refuse_to_average(tmp_path / "other" / "checkpoint.pt", other, a_recipe(root, tmp_path / "mine"))


def test_a_training_of_other_photos_is_not_averaged_even_where_all_names_are_the_same(tmp_path: Path) -> None:
    root = draw_animals(tmp_path / "photos", animals=4)
    before = a_recipe(root, tmp_path / "before")
    Image.new("RGB", (9, 9)).save(root / "animal-00" / "0.jpg")
    with pytest.raises(CannotTrain, match="other photos"):
        refuse_to_average(tmp_path, before, a_recipe(root, tmp_path / "after"))


def test_weights_are_read_back_from_no_other_network() -> None:
    with pytest.raises(ValueError, match="the recogniser has no"):
        tuned_convolutions(bundled_path(DETECTOR).read_bytes())


@pytest.fixture(scope="module")
def original() -> dict[str, np.ndarray]:
    return load_state_dict(checkpoint_path())


@pytest.mark.stack
def test_an_exported_recogniser_sees_what_the_backbone_sees_and_its_mirror_image(
    original, settings, tmp_path: Path
) -> None:
    rng = np.random.default_rng(3)
    head = Head(np.full(FEATURES, 0.1), rng.normal(size=(512, FEATURES)) / 50, np.full(512, 0.01))
    seen = ("rusty/b.jpg", "rex/b.jpg", "frost/a.jpg")
    examples = [backbone_input([photo(name).resize((260, 260))]) for name in seen]
    tuned = folded(original)
    # As training does it, and by so much that the branches cannot be taken for each other.
    tuned |= {name: tuned[name] * 1.1 for name in tuned if name.startswith("_blocks.20.") and name.endswith("/w")}
    content = build_recogniser(original, tuned, head, first_tuned=15, side=260, examples=examples)
    assert content == build_recogniser(original, tuned, head, first_tuned=15, side=260, examples=examples)
    nothing = Head(np.zeros(FEATURES), np.zeros((512, FEATURES)), np.zeros(512))
    without_head = build_recogniser(original, tuned, nothing, first_tuned=15, side=260, examples=examples)
    assert with_head(without_head, head) == content, "a head that comes later is as good"
    assert centre_of(content) == pytest.approx(head.mean)
    kept = tuned_convolutions(content)
    assert kept.keys() == tuned.keys()
    assert first_tuned_of(content) == 15
    for name in tuned:
        assert np.abs(kept[name] - tuned[name]).max() <= 0.01 * np.abs(tuned[name]).max() + 1e-4, name
    anew = build_recogniser(original, kept, head, first_tuned=first_tuned_of(content), side=260, examples=examples)
    path = tmp_path / "recogniser.onnx"
    path.write_bytes(content)
    assert len(content) < 20e6
    pixels = backbone_input([photo("rusty/a.jpg").resize((260, 260)), photo("rex/a.jpg").resize((260, 260))])
    vectors, features, logits = open_session(path).run(["vectors", "features", "logits"], {"input": pixels})
    assert (vectors.shape, features.shape, logits.shape) == ((2, 2, 512), (2, 2, FEATURES), (2, 1000))
    assert np.allclose(vectors, features @ head.matrix.T.astype(np.float16).astype(np.float32) + 0.01, atol=0.02)
    assert features.min() == pytest.approx(-0.1, abs=0.06)  # Activations start at zero; the mean is taken off them.
    again, *_ = open_session(path).run(["vectors"], {"input": np.ascontiguousarray(pixels[..., ::-1])})
    assert np.allclose(vectors, again[::-1], atol=0.02)
    assert not np.allclose(vectors[0], vectors[1], atol=0.1)
    (tmp_path / "anew.onnx").write_bytes(anew)
    (rebuilt,) = open_session(tmp_path / "anew.onnx").run(["vectors"], {"input": pixels})
    one, other = (rows / np.linalg.norm(rows, axis=-1, keepdims=True) for rows in (vectors, rebuilt))
    assert (one * other).sum(-1).min() > 0.998, "what is read back is what it was built around, but for rounding"
    (expected,) = open_session(verified_backbone(settings.VAR_DIR / "models")).run(["logits"], {"input": pixels})
    assert (logits.argmax(1) == expected.argmax(1)).all()
    assert np.abs(logits - expected).max() < 0.35


def test_of_a_second_species_the_untrained_features_are_reported_beside_the_head() -> None:
    random = np.random.default_rng(1)

    def photos(animals: int) -> PhotoSet:
        centres = np.repeat(random.normal(size=(animals, 128)), 3, axis=0)
        count = len(centres)
        return PhotoSet(
            names=tuple(f"animal {number}" for number in range(animals)),
            labels=np.repeat(np.arange(animals), 3),
            vectors=(centres + 0.5 * random.normal(size=centres.shape)).astype(np.float32),
            has_animal=np.ones(count, np.bool_),
            species=("cat",) * count,
            digests=tuple(str(place).encode() for place in range(count)),
        )

    heads = Heads(photos(12), photos(20), random.normal(size=(1000, 64)), (64, 64))
    rows = figures(heads, shipped_head(heads))["second_species"]
    assert set(rows) >= {"split 0", "split 0, untrained", "mean", "mean, untrained"}
    assert rows["mean"]["top1"] == rows["mean, untrained"]["top1"] == 1
    assert set(rows["mean, untrained"]) == {"top1", "eer", "top1_against_all"}


def test_animals_are_told_apart_by_what_blocks_on_the_way_see() -> None:
    random = np.random.default_rng(2)
    level = np.repeat(random.normal(size=(40, 300)), 3, axis=0) + 0.3 * random.normal(size=(120, 300))
    photos = PhotoSet(
        names=tuple(f"animal {number}" for number in range(40)),
        labels=np.repeat(np.arange(40), 3),
        vectors=np.concatenate([random.normal(size=(120, 64)), level], axis=1).astype(np.float32),
        has_animal=np.ones(120, np.bool_),
        species=("dog",) * 120,
        digests=tuple(str(place).encode() for place in range(120)),
    )
    heads = Heads(photos, None, random.normal(size=(1000, 32)), (32, 32, 300))
    head = shipped_head(heads)
    assert head.matrix.shape == (512, 364)
    assert figures(heads, head)["unseen"]["shipped"]["top1"] == 1
    assert figures(heads, head)["unseen"]["tuned features"]["top1"] < 0.5


def test_without_pytorch_the_command_says_how_to_get_it(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(train_recognition, "find_spec", lambda name: None)
    with pytest.raises(CommandError, match="uv sync --inexact --group train"):
        call_command("train_recognition", str(tmp_path), "--out", str(tmp_path / "out"))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [(["--epochs", "0"], "--epochs must be"), (["--from-block", "22"], "0 to 21"), (["--side", "8"], "--side must be")],
)
def test_options_that_cannot_work_are_said_first(tmp_path: Path, monkeypatch, wrong: list[str], said: str) -> None:
    monkeypatch.setattr(train_recognition, "find_spec", lambda name: object())
    with pytest.raises(CommandError, match=said):
        call_command("train_recognition", str(tmp_path), "--out", str(tmp_path / "out"), *wrong)


def trained(root: Path, out: Path, *options: str) -> dict:
    answer = StringIO()
    call_command(
        "train_recognition", str(root), "--out", str(out), "--side", "64", "--from-block", "20", "--epochs", "1",
        "--animals", "4", "--photos", "2", "--threads", "1", *options, stdout=answer, stderr=StringIO(),
    )  # fmt: skip
    return json.loads(answer.getvalue())


def levels(model, images) -> list:
    """What the blocks of LEVELS see on the way, [n,k] each."""
    seen = []
    hooks = [
        model.blocks[block].depthwise.register_forward_hook(lambda *call: seen.append(call[2])) for block in LEVELS
    ]
    model.features(images)
    for hook in hooks:
        hook.remove()
    return [one.mean((2, 3)) for one in seen]


@pytest.mark.train
def test_a_training_is_exported_as_it_was_trained_and_goes_on_only_with_the_same_options(tmp_path: Path) -> None:
    import torch

    from animal.recognition.training.augmentation import network_input
    from animal.recognition.training.network import Recogniser

    root, out = draw_animals(tmp_path / "photos"), tmp_path / "out"
    report = trained(root, out)
    assert sum(report["animals"].values()) == 12
    kept = torch.load(out / "checkpoint.pt", weights_only=True)
    weights = folded(load_state_dict(checkpoint_path()))
    untrained, tuned = (Recogniser(weights, first_tuned=20).eval() for _ in range(2))
    tuned.load_state_dict(kept["averaged"])
    assert not np.allclose(tuned.convolutions()["_conv_head/w"], weights["_conv_head/w"].astype(np.float32))

    picture = photo("rusty/a.jpg").resize((260, 260))
    with torch.no_grad():
        images = network_input(torch.from_numpy(np.asarray(picture, np.float32)).permute(2, 0, 1)[None])
        expected = torch.cat([untrained.features(images), tuned.features(images), *levels(tuned, images)], 1).numpy()[0]
    constants = {one.name: numpy_helper.to_array(one) for one in onnx.load(out / report["file"]).graph.initializer}
    expected = (expected - constants["head/mean"]) @ constants["head/w/half"].T.astype(np.float32)
    (vectors,) = open_session(out / report["file"]).run(["vectors"], {"input": backbone_input([picture])})
    one, other = (row / np.linalg.norm(row) for row in (expected, vectors[0, 0]))
    assert one @ other > 0.97  # The file computes in eight bits.

    assert trained(root, out)["sha256"] == report["sha256"]
    with pytest.raises(CommandError, match="another --out"):
        trained(root, out, "--seed", "2")


@pytest.mark.train
def test_a_training_is_averaged_with_another_one_that_began_alike(tmp_path: Path) -> None:
    import torch

    root = draw_animals(tmp_path / "photos")
    with pytest.raises(CommandError, match="cannot be read"):
        trained(root, tmp_path / "one", "--average-with", str(tmp_path / "none"))
    one, other = trained(root, tmp_path / "one"), trained(root, tmp_path / "other", "--seed", "2")
    both = trained(root, tmp_path / "one", "--average-with", str(tmp_path / "other"))
    assert both["averaged_with"] == str(tmp_path / "other")
    assert both["sha256"] not in (one["sha256"], other["sha256"])
    checkpoint = tmp_path / "other" / "checkpoint.pt"
    torch.save({**torch.load(checkpoint), "averaged": {"x": torch.ones(1)}}, checkpoint)
    with pytest.raises(CommandError, match="do not fit"):
        trained(root, tmp_path / "one", "--average-with", str(tmp_path / "other"))
    trained(root, tmp_path / "deeper", "--from-block", "19")
    with pytest.raises(CommandError, match="it has other blocks tuned"):
        trained(root, tmp_path / "one", "--average-with", str(tmp_path / "deeper"))


@pytest.mark.train
def test_a_training_that_was_killed_ends_as_it_would_have_ended(tmp_path: Path, monkeypatch) -> None:
    from animal.recognition.training import loop

    root = draw_animals(tmp_path / "photos")
    whole = trained(root, tmp_path / "whole")
    step = loop.Training._step

    def killed(self, number: int, images: Any) -> tuple[float, float]:
        if number == 1:
            raise KeyboardInterrupt
        return step(self, number, images)

    with monkeypatch.context() as interrupted:
        interrupted.setattr(loop, "CHECKPOINT_SECONDS", -1.0)
        interrupted.setattr(loop.Training, "_step", killed)
        with pytest.raises(KeyboardInterrupt):
            trained(root, tmp_path / "killed")
    assert trained(root, tmp_path / "killed")["sha256"] == whole["sha256"]
