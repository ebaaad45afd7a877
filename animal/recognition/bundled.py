"""The files that recognition ships with, each with the checksum that it must have.

A changed file means a changed embedder: the checksums are part of the embedder's version, so vectors of different
models are never compared. Whoever fits a new projection or calibration puts its checksum here.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from animal.recognition.errors import ModelUnavailable

WEIGHTS_DIR = Path(__file__).parent / "weights"

DETECTOR = "nanodet_416_fp16.onnx"
PROJECTION = "projection.npz"
CALIBRATION = "calibration.json"

SHA256 = {
    DETECTOR: "86a218f7f9f4f2df5c814efcc89c08ba15deec45aa8ef4e28121712aa784beda",
    PROJECTION: "6652225bb8b49ff4bb7e5d1f6b65fb9a64d3f7ffbb77948aa50e06d617743b10",
    CALIBRATION: "91523c6143f4453a972f0c0b2c00456383ce5c150ef1868d419f832d2be3bffe",
}


def bundled_path(name: str) -> Path:
    """Where a shipped file is, after its checksum was verified. Raises ModelUnavailable as read_bundled does."""
    read_bundled(name)
    return WEIGHTS_DIR / name


def read_bundled(name: str) -> bytes:
    """The content of a shipped file. Raises ModelUnavailable when it is missing, unreadable or not what was shipped."""
    path = WEIGHTS_DIR / name
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelUnavailable(f"The model file {path} cannot be read: {error.strerror or error}.") from error
    if hashlib.sha256(content).hexdigest() != SHA256[name]:
        raise ModelUnavailable(f"The model file {path} is damaged: its SHA-256 is not the one that was shipped.")
    return content
