"""Folders of photos, one folder for each animal, as vectors; what was computed once is kept."""

from __future__ import annotations

import hashlib
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from animal.recognition.embedder import Embedder
from animal.recognition.evaluation import find_photos, open_upright
from animal.recognition.measuring.cache import VectorCache

# As many as the networks run at a time, and one more that decodes meanwhile.
THREADS = 3
Progress = Callable[[Iterator[object], int], Iterator[object]]
UNREADABLE = (OSError, ValueError, SyntaxError, Image.DecompressionBombError)


@dataclass(frozen=True)
class Seen:
    """What is kept of a photo: its vector, whether an animal was seen, and the species."""

    vector: NDArray[np.float32]
    has_animal: bool
    species: str


@dataclass(frozen=True)
class PhotoSet:
    """``vectors`` [n,d] of length one; ``labels`` [n] are places in ``names``; ``digests`` name the files' contents."""

    names: tuple[str, ...]
    labels: NDArray[np.int64]
    vectors: NDArray[np.float32]
    has_animal: NDArray[np.bool_]
    species: tuple[str, ...]
    digests: tuple[bytes, ...]
    unreadable: tuple[str, ...] = field(default=(), compare=False)

    def __len__(self) -> int:
        return len(self.labels)

    def only(self, mask: NDArray[np.bool_]) -> PhotoSet:
        """The photos that ``mask`` [n] chooses. Labels stay what they are."""
        places = np.flatnonzero(mask)
        return PhotoSet(
            self.names,
            self.labels[places],
            self.vectors[places],
            self.has_animal[places],
            tuple(self.species[place] for place in places),
            tuple(self.digests[place] for place in places),
            self.unreadable,
        )

    def of_animals(self, names: set[str]) -> PhotoSet:
        return self.only(np.isin(self.labels, [place for place, name in enumerate(self.names) if name in names]))

    def animal_species(self) -> dict[str, str]:
        """The species that most photos of each animal show; "unknown" where none says."""
        votes: dict[str, Counter[str]] = {self.names[label]: Counter() for label in self.labels}
        for label, species in zip(self.labels, self.species, strict=True):
            if species:
                votes[self.names[label]][species] += 1
        return {name: (counted.most_common(1)[0][0] if counted else "unknown") for name, counted in votes.items()}


def read_folder(
    directory: Path,
    embedder: Embedder,
    cache: VectorCache,
    *,
    limit: int | None = None,
    animals: Collection[str] | None = None,
    progress: Progress | None = None,
) -> PhotoSet:
    """Every photo of the first ``limit`` animals below ``directory``, or of these ``animals``. Damaged files are named
    and left out.

    ``progress`` wraps an iterator of a known length, to show how far it is. Raises ModelUnavailable.
    """
    photos = find_photos(directory)
    if limit is not None:
        chosen = set(list(dict.fromkeys(animal for animal, _ in photos))[:limit])
        photos = [(animal, path) for animal, path in photos if animal in chosen]
    if animals is not None:
        photos = [(animal, path) for animal, path in photos if animal in animals]
    rows: list[tuple[str, bytes, Seen]] = []
    unreadable = []
    with ThreadPoolExecutor(THREADS) as pool:
        answers: Iterator[object] = pool.map(lambda photo: _see(photo[1], embedder, cache), photos)
        if progress is not None:
            answers = progress(answers, len(photos))
        try:
            for (animal, path), answer in zip(photos, answers, strict=True):
                if isinstance(answer, tuple):
                    rows.append((animal, *answer))
                else:
                    unreadable.append(f"{path.relative_to(directory)}: {answer}")
        except BaseException:
            pool.shutdown(cancel_futures=True)  # Do not read a thousand photos more before Ctrl-C is heard.
            raise
    return _photo_set(rows, unreadable)


def folder_progress(directory: Path) -> Progress:
    """A bar with the time left, for somebody who looks at a terminal."""

    def progress(answers: Iterator[object], total: int) -> Iterator[object]:
        return iter(tqdm(answers, total=total, unit="photo", desc=directory.name, disable=not sys.stderr.isatty()))

    return progress


def _see(path: Path, embedder: Embedder, cache: VectorCache) -> tuple[bytes, Seen] | str:
    """A photo's digest and what is seen on it, or what is wrong with the file."""
    try:
        content = path.read_bytes()
        digest = hashlib.sha256(content).digest()
        kept = cache.get(digest)
        if kept is not None:
            return digest, Seen(*kept)
        picture = open_upright(BytesIO(content))
    except UNREADABLE as error:
        return f"{type(error).__name__}: {error}"
    reading = embedder.read([picture])[0]
    vector = reading.vector if reading.vector is not None else embedder.embed([picture])[0]
    cache.put(digest, vector, has_animal=reading.vector is not None, species=reading.species)
    return digest, Seen(vector, reading.vector is not None, reading.species)


def _photo_set(rows: Sequence[tuple[str, bytes, Seen]], unreadable: Sequence[str]) -> PhotoSet:
    names = tuple(dict.fromkeys(animal for animal, _, _ in rows))
    label_of = {name: label for label, name in enumerate(names)}
    return PhotoSet(
        names=names,
        labels=np.array([label_of[animal] for animal, _, _ in rows], np.int64),
        vectors=np.stack([seen.vector for _, _, seen in rows]) if rows else np.empty((0, 1), np.float32),
        has_animal=np.array([seen.has_animal for _, _, seen in rows], np.bool_),
        species=tuple(seen.species for _, _, seen in rows),
        digests=tuple(digest for _, digest, _ in rows),
        unreadable=tuple(unreadable),
    )


def split_unseen(names: Sequence[str], *, fraction: float, seed: int) -> set[str]:
    """The animals that a split keeps from training, by animal and never by photo.

    Whether a name is among them depends on nothing but the name, the fraction and the seed.
    """

    def share(name: str) -> float:
        return int.from_bytes(hashlib.sha256(f"{seed}:{name}".encode()).digest()[:8]) / 2**64

    return {name for name in names if share(name) < fraction}
