"""Keeps the converted backbone in a folder, checks it before every load, and rebuilds it when it is damaged."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

from animal.recognition.convert import CHECKPOINT_SHA256, checksum_path
from animal.recognition.errors import ModelUnavailable

# Raise it when the conversion changes, so that older files in a kept folder are left alone.
CONVERSION = 1
CONVERSION_TIMEOUT_SECONDS = 120
PROJECT_ROOT = Path(__file__).resolve().parents[2]


def backbone_path(cache_dir: Path) -> Path:
    """Where the converted network belongs, whether it is there or not."""
    return cache_dir / f"efficientnet-lite2-{CHECKPOINT_SHA256[:8]}-v{CONVERSION}.onnx"


def verified_backbone(cache_dir: Path) -> Path:
    """The converted network with its checksum verified: from the cache when it is intact, else converted anew.

    Raises ModelUnavailable, and remembers nothing of it: the next call tries again.
    """
    path = backbone_path(cache_dir)
    if not _is_intact(path):
        _convert(path)
        if not _is_intact(path):
            raise ModelUnavailable(f"The model {path} was converted but cannot be read back; is the disk failing?")
    return path


def _is_intact(path: Path) -> bool:
    try:
        expected = checksum_path(path).read_text("ascii").strip()
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() == expected
    except (OSError, UnicodeDecodeError):
        return False


def _convert(path: Path) -> None:
    """Runs the conversion in a process of its own, whose memory goes back to the system with it."""
    command = [sys.executable, "-m", "animal.recognition.convert", str(path.resolve())]
    try:
        done = subprocess.run(  # noqa: S603 (a fixed command of our own)
            command, cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=CONVERSION_TIMEOUT_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ModelUnavailable(f"The model could not be converted: {error}.") from error
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines()
        raise ModelUnavailable(lines[-1] if lines else f"The conversion of the model ended with {done.returncode}.")
