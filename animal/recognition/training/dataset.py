"""Pictures for training, ready to be fed: cut, scaled and kept in one file; the split by animal; the batches."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from animal.recognition.convert import write_atomically
from animal.recognition.evaluation import find_photos, open_upright
from animal.recognition.measuring.photos import split_unseen

UNSEEN_PART = 0.25
UNSEEN_SEED = 0
VALIDATION_PART = 0.08
VALIDATION_SEED = 1
MIN_ANIMALS = 4

Cut = Callable[[Image.Image], Image.Image]
Labels = NDArray[np.int64]


class CannotTrain(Exception):
    """Too few animals, or a folder that holds another training; the message says what to do."""


@dataclass(frozen=True)
class Split:
    """Names of animals. Nothing is learnt or chosen from ``unseen``; ``validation`` decides when to stop."""

    training: tuple[str, ...]
    validation: tuple[str, ...]
    unseen: tuple[str, ...]


def split_animals(names: Sequence[str]) -> Split:
    """One animal in four is never seen, 8 % of the others choose the checkpoint.

    It depends on nothing but the names: ``eval_recognition --unseen 0.25`` measures on the same animals.
    """
    unseen = split_unseen(names, fraction=UNSEEN_PART, seed=UNSEEN_SEED)
    validation = split_unseen(names, fraction=VALIDATION_PART, seed=VALIDATION_SEED) - unseen
    ordered = sorted(set(names))
    return Split(
        training=tuple(name for name in ordered if name not in unseen and name not in validation),
        validation=tuple(name for name in ordered if name in validation),
        unseen=tuple(name for name in ordered if name in unseen),
    )


@dataclass(frozen=True)
class Pictures:
    """``pixels`` [n,side,side,3] uint8, on disk; ``labels`` [n] are places in ``names``. ``fingerprint`` is that of the
    files and of how they were cut."""

    pixels: NDArray[np.uint8]
    labels: Labels
    names: tuple[str, ...]
    fingerprint: str

    def of(self, animals: Iterable[str]) -> NDArray[np.int64]:
        """The places of these animals' pictures, rising."""
        wanted = {number for number, name in enumerate(self.names) if name in set(animals)}
        return np.flatnonzero(np.isin(self.labels, list(wanted)))


def fingerprint(photos: Sequence[tuple[str, Path]], recipe: object) -> str:
    """Changes with every file that comes, goes or changes its size, and with the recipe of the cut."""
    listing = [(animal, path.name, path.stat().st_size) for animal, path in photos]
    return hashlib.sha256(repr((recipe, listing)).encode()).hexdigest()


def load_pictures(
    root: Path, keep_in: Path, *, side: int, cut: Cut, recipe: object, progress: Callable[[Sequence], Iterable]
) -> Pictures:
    """Every photo below ``root``, cut and scaled to ``side`` x ``side``; read again only when something changed.

    Raises CannotTrain when fewer than MIN_ANIMALS animals have two photos.
    """
    photos = find_photos(root)
    names = tuple(sorted({animal for animal, _ in photos}))
    number_of = {name: number for number, name in enumerate(names)}
    labels = np.array([number_of[animal] for animal, _ in photos], np.int64)
    if (np.bincount(labels, minlength=1) >= 2).sum() < MIN_ANIMALS:
        raise CannotTrain(f"{root} needs at least {MIN_ANIMALS} folders with two photos each.")
    wanted = fingerprint(photos, (recipe, side))
    pixels_path, said_path = keep_in / "pictures.npy", keep_in / "pictures.json"
    if not _is_kept(pixels_path, said_path, wanted):
        said_path.unlink(missing_ok=True)
        pixels = np.lib.format.open_memmap(pixels_path, mode="w+", dtype=np.uint8, shape=(len(photos), side, side, 3))
        for place, (_, path) in enumerate(progress(photos)):
            cutting = cut(open_upright(path)).resize((side, side), Image.Resampling.BILINEAR)
            pixels[place] = np.asarray(cutting)
        pixels.flush()
        write_atomically(said_path, json.dumps({"fingerprint": wanted}).encode())
    return Pictures(np.load(pixels_path, mmap_mode="r"), labels, names, wanted)


def _is_kept(pixels: Path, said: Path, wanted: str) -> bool:
    try:
        return pixels.is_file() and json.loads(said.read_bytes())["fingerprint"] == wanted
    except (OSError, ValueError, KeyError):
        return False


class Batches:
    """Which pictures each step sees: ``animals`` animals, ``photos`` pictures of each.

    Animals come in passes, each once per pass in a new order. A step's batch depends on nothing but seed and step, so
    an interrupted training goes on with the very batches that it would have had.
    """

    def __init__(self, labels: Labels, *, animals: int, photos: int, seed: int) -> None:
        self._places = [np.flatnonzero(labels == label) for label in np.unique(labels)]
        self.animals = min(animals, len(self._places))
        self.photos = photos
        self._seed = seed

    @property
    def steps_per_epoch(self) -> int:
        """As many steps as show every picture once on average."""
        return max(1, sum(len(places) for places in self._places) // (self.animals * self.photos))

    def batch(self, step: int) -> NDArray[np.int64]:
        """[animals * photos] places of the pictures, the pictures of one animal side by side."""
        rng = np.random.default_rng([self._seed, step])
        chosen = [self._animal(step * self.animals + turn) for turn in range(self.animals)]
        return np.concatenate([rng.choice(places, self.photos, replace=len(places) < self.photos) for places in chosen])

    def _animal(self, turn: int) -> NDArray[np.int64]:
        which_pass, place = divmod(turn, len(self._places))
        order = np.random.default_rng([self._seed, 0, which_pass]).permutation(len(self._places))
        return self._places[int(order[place])]
