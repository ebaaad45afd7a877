"""Reads the tensors of a PyTorch checkpoint with NumPy alone.

A ``.pth`` file is a pickle, and a pickle can run any code. The unpickler below knows the four names that a
``state_dict`` needs and refuses every other, so that a tampered file raises instead of executing.

Format: https://github.com/pytorch/pytorch/blob/main/torch/serialization.py (``_legacy_load`` and ``_load``).
"""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import DTypeLike, NDArray

from animal.recognition.errors import ModelUnavailable

STORAGE_TYPES: dict[str, DTypeLike] = {
    "FloatStorage": np.float32,
    "DoubleStorage": np.float64,
    "HalfStorage": np.float16,
    "LongStorage": np.int64,
    "IntStorage": np.int32,
}


@dataclass
class _Storage:
    """One flat block of numbers; its bytes come after the pickle that mentions it."""

    dtype: np.dtype[Any]
    values: NDArray[Any] | None = None


@dataclass(frozen=True)
class _Tensor:
    """A view on a storage, to be taken once the storage's bytes have been read."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def array(self) -> NDArray[Any]:
        values = self.storage.values
        if values is None:
            raise ValueError("a tensor's storage is missing")
        last = self.offset + sum((size - 1) * stride for size, stride in zip(self.shape, self.strides, strict=True))
        if 0 in self.shape:
            return np.empty(self.shape, self.storage.dtype)
        if self.offset < 0 or min(self.strides, default=0) < 0 or last >= values.size:
            raise ValueError("a tensor reaches beyond its storage")
        steps = [stride * values.itemsize for stride in self.strides]
        return np.lib.stride_tricks.as_strided(values[self.offset :], self.shape, steps).copy()


def _rebuild_tensor(storage: _Storage, offset: int, shape: Any, strides: Any, *_: Any) -> _Tensor:
    return _Tensor(storage, int(offset), tuple(shape), tuple(strides))


class _StateDictUnpickler(pickle.Unpickler):
    """Loads a state dict and nothing else."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__(stream)
        self.storages: dict[str, _Storage] = {}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if module == "torch._utils" and name in {"_rebuild_tensor", "_rebuild_tensor_v2"}:
            return _rebuild_tensor
        if module == "torch" and name in STORAGE_TYPES:
            return name
        raise pickle.UnpicklingError(f"{module}.{name} has no place in a file of weights")

    def persistent_load(self, pid: Any) -> _Storage:
        _, type_name, key = pid[:3]
        return self.storages.setdefault(str(key), _Storage(np.dtype(STORAGE_TYPES[type_name])))


class _HeaderUnpickler(pickle.Unpickler):
    """The legacy format opens with plain values (magic number, version, system info) and ends with a list of keys."""

    def find_class(self, module: str, name: str) -> Any:
        raise pickle.UnpicklingError(f"{module}.{name} has no place in a header")


def _load_zip(path: Path) -> dict[str, _Tensor]:
    with zipfile.ZipFile(path) as archive:
        index = next(name for name in archive.namelist() if name.endswith("data.pkl"))
        unpickler = _StateDictUnpickler(io.BytesIO(archive.read(index)))
        tensors: dict[str, _Tensor] = unpickler.load()
        root = index.removesuffix("data.pkl")
        for key, storage in unpickler.storages.items():
            storage.values = np.frombuffer(archive.read(f"{root}data/{key}"), storage.dtype)
    return tensors


def _load_legacy(path: Path) -> dict[str, _Tensor]:
    with path.open("rb") as stream:
        for _ in range(3):
            _HeaderUnpickler(stream).load()
        unpickler = _StateDictUnpickler(stream)
        tensors: dict[str, _Tensor] = unpickler.load()
        for key in _HeaderUnpickler(stream).load():
            storage = unpickler.storages[key]
            (count,) = struct.unpack("<q", stream.read(8))
            storage.values = np.frombuffer(stream.read(count * storage.dtype.itemsize), storage.dtype)
    return tensors


def load_state_dict(path: Path) -> dict[str, NDArray[Any]]:
    """Every tensor of the checkpoint by name, in the shape it was saved.

    Raises ModelUnavailable when the file cannot be read, is damaged, or holds anything but tensors.
    """
    try:
        tensors = _load_zip(path) if zipfile.is_zipfile(path) else _load_legacy(path)
        return {name: tensor.array() for name, tensor in tensors.items()}
    except OSError as error:
        raise ModelUnavailable(f"The weights {path} cannot be read: {error.strerror or error}.") from error
    except Exception as error:  # A damaged pickle can raise nearly anything; all of it means the same to the caller.
        raise ModelUnavailable(f"The weights {path} are damaged or not a plain checkpoint: {error}.") from error
