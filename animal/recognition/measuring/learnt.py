"""Which photos the shipped model learnt from: figures measured on them flatter it, and are said to."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from animal.recognition.measuring.photos import PhotoSet

# Of a photo's SHA-256, in hexadecimal: among a thousand strange photos one is mistaken in 300,000 sets.
DIGITS = 10

Learnt = dict[str, dict[str, list[str]]]


def learnt_from(*taught: tuple[PhotoSet, Collection[str]]) -> bytes:
    """The file's content, of photos with the animals among them that something was learnt from: the digests of their
    photos by species and animal, one animal a line."""
    learnt: Learnt = {}
    for photos, animals in taught:
        species = Counter(photos.animal_species().values()).most_common(1)[0][0]
        learnt.setdefault(species, {}).update(_digests(photos.of_animals(set(animals))))
    blocks = []
    for species, by_animal in sorted(learnt.items()):
        lines = [f"  {json.dumps(name)}: {json.dumps(digests)}" for name, digests in sorted(by_animal.items())]
        blocks.append(f" {json.dumps(species)}: {{\n" + ",\n".join(lines) + "\n }")
    return ("{\n" + ",\n".join(blocks) + "\n}\n").encode()


def _digests(photos: PhotoSet) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for label, digest in zip(photos.labels, photos.digests, strict=True):
        found.setdefault(photos.names[label], []).append(digest.hex()[:DIGITS])
    return found


def overlap(photos: PhotoSet, listed: Path) -> dict[str, Any]:
    """``animals`` and ``photos`` of the set that the model learnt from, and the ``names`` of those animals; {} where
    no file says what it learnt from, as of a model of one's own."""
    try:
        learnt: Mapping[str, Mapping[str, list[str]]] = json.loads(listed.read_bytes())
    except FileNotFoundError:
        return {}
    known = _all_digests(learnt)
    places = [place for place, digest in enumerate(photos.digests) if digest.hex()[:DIGITS] in known]
    names = sorted({photos.names[label] for label in photos.labels[np.array(places, np.int64)]})
    return {"animals": len(names), "photos": len(places), "names": names}


def unlisted(content: bytes, listed: Path) -> int:
    """How many photos that the file names are not in this ``content`` of another one; 0 where there is no file."""
    try:
        before = _all_digests(json.loads(listed.read_bytes()))
    except FileNotFoundError:
        return 0
    return len(before - _all_digests(json.loads(content)))


def _all_digests(learnt: Mapping[str, Mapping[str, list[str]]]) -> set[str]:
    return {digest for by_animal in learnt.values() for digests in by_animal.values() for digest in digests}
