"""Measures recognition on folders of photos, one folder per animal.

Protocol "reunion": every animal is registered with every second of its photos (by file name), a found report is filed
with each of the others, and the animals are ranked for each report. Pure functions over vectors, so that any embedder,
score or calibration can be measured.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from animal.recognition.calibration import Calibration
from animal.recognition.embedder import Embedder
from animal.recognition.scoring import best_cosine, gallery_vectors

PHOTO_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
LONGEST_SIDE = 2048
CANDIDATE_LIMIT = 10


@dataclass(frozen=True)
class LabelledPhoto:
    """``vector`` is None when no animal was seen; ``species`` is what was seen."""

    animal: str
    path: Path | None
    vector: NDArray[np.float32] | None
    species: str = ""


@dataclass(frozen=True)
class Reunion:
    """``cosines`` is [reports, animals]; a report without an animal in it has a row of -1. ``truth`` [reports]."""

    animals: tuple[str, ...]
    cosines: NDArray[np.float64]
    truth: NDArray[np.int64]

    @property
    def reports(self) -> int:
        return len(self.truth)

    def right_pairs(self) -> NDArray[np.bool_]:
        right: NDArray[np.bool_] = np.arange(len(self.animals))[None] == self.truth[:, None]
        return right

    def among_first(self, count: int) -> float:
        """The part of the reports whose animal is among the first ``count``; ties and unseen animals are misses."""
        true_scores = self.cosines[np.arange(self.reports), self.truth]
        rivals = (self.cosines >= true_scores[:, None]).sum(1) - 1
        return float(((rivals < count) & (true_scores > -1)).mean())


GalleryOf = Callable[[Sequence[NDArray[np.float32]]], NDArray[np.float32]]


@dataclass(frozen=True)
class Notified:
    """How many pairs reach a threshold, at most CANDIDATE_LIMIT per report."""

    right: int
    wrong: int

    @property
    def wrong_per_right(self) -> float:
        return self.wrong / self.right if self.right else float("inf") if self.wrong else 0.0


def find_photos(root: Path) -> list[tuple[str, Path]]:
    """(animal, path) of every photo in the folders below ``root``, sorted."""
    folders = sorted(folder for folder in root.iterdir() if folder.is_dir())
    return [
        (folder.name, path)
        for folder in folders
        for path in sorted(folder.iterdir())
        if path.suffix.lower() in PHOTO_SUFFIXES
    ]


def open_upright(file: Path | IO[bytes]) -> Image.Image:
    """The picture as the service sees it: upright RGB, at most 2048 pixels long."""
    with Image.open(file) as picture:
        picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        upright = ImageOps.exif_transpose(picture).convert("RGB")
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return upright


def read_photos(photos: Sequence[tuple[str, Path]], embedder: Embedder, *, batch: int = 4) -> Iterator[LabelledPhoto]:
    """Reads every photo with the embedder, a few at a time."""
    for start in range(0, len(photos), batch):
        part = photos[start : start + batch]
        readings = embedder.read([open_upright(path) for _, path in part])
        for (animal, path), reading in zip(part, readings, strict=True):
            yield LabelledPhoto(animal, path, reading.vector, reading.species)


def reunite(photos: Sequence[LabelledPhoto], gallery_of: GalleryOf = gallery_vectors) -> Reunion:
    """Registers every animal with the 1st, 3rd, 5th... photo and reports it found with each of the others."""
    animals = tuple(dict.fromkeys(photo.animal for photo in photos))
    by_animal = [[photo.vector for photo in photos if photo.animal == animal] for animal in animals]
    galleries = [gallery_of([vector for vector in vectors[::2] if vector is not None]) for vectors in by_animal]
    rows, truth = [], []
    for position, vectors in enumerate(by_animal):
        for probe in vectors[1::2]:
            rows.append([-1.0 if probe is None else best_cosine(probe, gallery) for gallery in galleries])
            truth.append(position)
    return Reunion(animals, np.array(rows).reshape(len(truth), len(animals)), np.array(truth, np.int64))


def probabilities(reunion: Reunion, photos: Sequence[LabelledPhoto], calibration: Calibration) -> Reunion:
    """The reunion with probabilities in the place of cosines: what the photos alone say, by each animal's species."""
    said = np.stack(
        [
            calibration.probability(reunion.cosines[:, place], species_shown(photos, animal))
            for place, animal in enumerate(reunion.animals)
        ],
        axis=1,
    )
    return replace(reunion, cosines=np.where(reunion.cosines > -1, said, -1.0))


def species_shown(photos: Sequence[LabelledPhoto], animal: str) -> str:
    """What most of the animal's photos show; "" when none says."""
    votes = Counter(photo.species for photo in photos if photo.animal == animal and photo.species)
    return votes.most_common(1)[0][0] if votes else ""


def notified(reunion: Reunion, min_cosine: float) -> Notified:
    """The pairs that somebody hears of when a match needs this cosine, or this probability if it holds those."""
    best = -np.sort(-reunion.cosines, axis=1)[:, : CANDIDATE_LIMIT + 1]
    passes = reunion.cosines >= min_cosine
    if best.shape[1] > CANDIDATE_LIMIT:
        passes &= reunion.cosines > best[:, CANDIDATE_LIMIT][:, None]
    right = reunion.right_pairs()
    return Notified(int((passes & right).sum()), int((passes & ~right).sum()))
