"""The files that recognition ships with, each with the checksum that it must have.

A changed file means a changed embedder: the checksums are part of the embedder's version, so vectors of different
models are never compared. Whoever trains a new recogniser or fits a new calibration puts its checksum here.
"""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

from animal.recognition.errors import ModelUnavailable

WEIGHTS_DIR = Path(__file__).parent / "weights"

DETECTOR = "nanodet_416_int8.onnx"
RECOGNISER = "recogniser.onnx"
CALIBRATION = "calibration.json"
# Which photos the recogniser learnt from; only measuring reads it.
LEARNT_FROM = "learnt_from.json"

SHA256 = {
    DETECTOR: "02a6fe87812330d58488e5ebb49ae0cbaf3c888b3162d20e6507eb9408efcb9b",
    RECOGNISER: "96437ebe331126b77a475c655ab03f227765316bf6425a0b719aece9441bd527",
    CALIBRATION: "dd500178b973810f0acb8bf89317f58aa34d88ee4e461429fbb0969ad41bb07d",
}


def model_files(folder: Path | None = None) -> list[Path]:
    """The networks that recognition runs. Raises ModelUnavailable when one is missing or damaged."""
    return [bundled_path(name, folder) for name in (DETECTOR, RECOGNISER)]


def bundled_path(name: str, folder: Path | None = None) -> Path:
    """Where a shipped file is, after its checksum was verified. Raises ModelUnavailable as read_bundled does.

    A file that has not changed since it was last looked at is not read again.
    """
    path = (folder or WEIGHTS_DIR) / name
    try:
        state = path.stat()
        digest = _digest(path, state.st_size, state.st_mtime_ns)
    except OSError as error:
        raise ModelUnavailable(f"The model file {path} cannot be read: {error.strerror or error}.") from error
    _check(path, digest)
    return path


@functools.lru_cache(maxsize=8)
def _digest(path: Path, size: int, changed_ns: int) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read_bundled(name: str, folder: Path | None = None) -> bytes:
    """The content of a shipped file. Raises ModelUnavailable when it is missing, unreadable or not what was shipped.

    ``folder`` holds the files when they are not read where they were shipped (MODEL_DIR).
    """
    path = (folder or WEIGHTS_DIR) / name
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelUnavailable(f"The model file {path} cannot be read: {error.strerror or error}.") from error
    _check(path, hashlib.sha256(content).hexdigest())
    return content


def _check(path: Path, digest: str) -> None:
    if digest != SHA256[path.name]:
        raise ModelUnavailable(f"The model file {path} is damaged: its SHA-256 is not the one that was shipped.")
