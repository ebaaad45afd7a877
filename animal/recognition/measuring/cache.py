"""Vectors that were computed before, in one file for each model version: measuring again takes seconds."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from animal.recognition.embedder import Embedder
from animal.recognition.unit_vectors import DIMENSIONS

SPECIES_BYTES = 20


def vector_cache(var_dir: Path, embedder: Embedder, dimensions: int = DIMENSIONS) -> VectorCache:
    """What all measurements share of this embedder."""
    return VectorCache(var_dir / "measuring", f"{embedder.name}-{embedder.version}", dimensions)


class VectorCache:
    """Records of one size, only ever appended. What a killed run wrote in part is cut off by the next one.

    Used by the threads of one process. Two processes may share a file: each appends whole records.
    """

    def __init__(self, directory: Path, version: str, dimensions: int, *, is_unit: bool = True) -> None:
        self._is_unit = is_unit
        self._record = np.dtype(
            [
                ("digest", "V32"),
                ("has_animal", "u1"),
                ("species", f"V{SPECIES_BYTES}"),
                ("vector", "<f4", dimensions),
            ]
        )
        directory.mkdir(parents=True, exist_ok=True)
        self._path = directory / f"{version}-{dimensions}.vectors"
        self._lock = threading.Lock()
        self._kept = self._load()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, digest: bytes) -> tuple[NDArray[np.float32], bool, str] | None:
        """(vector, whether an animal was seen, species) of a file with this SHA-256."""
        return self._kept.get(digest)

    def put(self, digest: bytes, vector: NDArray[np.float32], *, has_animal: bool, species: str) -> None:
        named = species.encode()[:SPECIES_BYTES].ljust(SPECIES_BYTES, b"\0")
        record = np.array((digest, has_animal, named, vector), self._record)
        with self._lock:
            with self._path.open("ab", buffering=0) as file:
                file.write(record.tobytes())
            self._kept[digest] = (vector, has_animal, species)

    def _load(self) -> dict[bytes, tuple[NDArray[np.float32], bool, str]]:
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            return {}
        whole = len(content) // self._record.itemsize * self._record.itemsize
        if whole < len(content):
            with self._path.open("r+b") as file:
                file.truncate(whole)
        records = np.frombuffer(content[:whole], self._record)
        # A damaged record is one whose vector is not of length one; it is computed again.
        sound = records[np.abs(np.linalg.norm(records["vector"], axis=1) - 1) < 1e-3] if self._is_unit else records
        return {
            record["digest"].tobytes(): (
                record["vector"].astype(np.float32),
                bool(record["has_animal"]),
                record["species"].tobytes().rstrip(b"\0").decode(),
            )
            for record in sound
        }
