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
    return cache_dir / f"efficientnet-lite2-{CHECKPOINT_SHA256[:8]}-v{CONVERSION}.onnx"


def read_backbone(cache_dir: Path) -> bytes:
    """The converted network, from the cache when it is intact, else converted anew.

    Raises ModelUnavailable, and remembers nothing of it: the next call tries again.
    """
    path = backbone_path(cache_dir)
    content = _read_verified(path)
    if content is None:
        _convert(path)
        content = _read_verified(path)
    if content is None:
        raise ModelUnavailable(f"The model {path} was converted but cannot be read back; is the disk full or failing?")
    return content


def _read_verified(path: Path) -> bytes | None:
    """The content when its checksum holds; None when it is absent, unreadable or damaged."""
    try:
        content = path.read_bytes()
        expected = checksum_path(path).read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return content if hashlib.sha256(content).hexdigest() == expected else None


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
