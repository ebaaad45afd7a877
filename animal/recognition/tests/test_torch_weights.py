"""Checkpoints are read without PyTorch, and a hostile one runs nothing."""

from __future__ import annotations

import io
import pickle
import struct
import sys
import types
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from animal.recognition.errors import ModelUnavailable
from animal.recognition.torch_weights import load_state_dict

VALUES = np.arange(6, dtype=np.float32)


class StorageId:
    """Stands for a storage in the pickle, as torch's own persistent ids do."""

    def __init__(self, kind: Any, key: str, count: int) -> None:
        self.pid = ("storage", kind, key, "cpu", count)


class Tensor:
    def __init__(self, rebuild: Any, storage: StorageId, shape: tuple[int, ...], strides: tuple[int, ...]) -> None:
        self.reduced = (rebuild, (storage, 0, shape, strides, False, OrderedDict()))

    def __reduce__(self) -> Any:
        return self.reduced


class TorchPickler(pickle.Pickler):
    def persistent_id(self, obj: Any) -> Any:
        return obj.pid if isinstance(obj, StorageId) else None


@pytest.fixture
def pickled(monkeypatch):
    """Pickles a state dict the way torch does, with stand-ins for the names that torch would be imported for."""

    def _rebuild_tensor_v2() -> None: ...

    class FloatStorage: ...

    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
    for module, member in ((utils, _rebuild_tensor_v2), (torch, FloatStorage)):
        member.__module__, member.__qualname__ = module.__name__, member.__name__
        setattr(module, member.__name__, member)
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "torch._utils", utils)

    def dump(shape: tuple[int, ...], strides: tuple[int, ...]) -> bytes:
        stream = io.BytesIO()
        storage = StorageId(FloatStorage, "0", VALUES.size)
        TorchPickler(stream, 2).dump(OrderedDict(weight=Tensor(_rebuild_tensor_v2, storage, shape, strides)))
        return stream.getvalue()

    return dump


def as_legacy(body: bytes) -> bytes:
    header = b"".join(pickle.dumps(value, 2) for value in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}))
    return header + body + pickle.dumps(["0"], 2) + struct.pack("<q", VALUES.size) + VALUES.tobytes()


def as_zip(body: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("model/data.pkl", body)
        archive.writestr("model/data/0", VALUES.tobytes())
    return stream.getvalue()


@pytest.mark.parametrize("wrap", [as_legacy, as_zip])
def test_both_formats_give_the_tensor_in_its_shape_and_order(tmp_path: Path, pickled, wrap) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(wrap(pickled((3, 2), (1, 3))))
    assert load_state_dict(path)["weight"].tolist() == [[0, 3], [1, 4], [2, 5]]


@pytest.mark.parametrize("wrap", [as_legacy, as_zip])
def test_a_tensor_that_reaches_beyond_its_storage_is_refused(tmp_path: Path, pickled, wrap) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(wrap(pickled((3, 3), (3, 1))))
    with pytest.raises(ModelUnavailable, match="beyond its storage"):
        load_state_dict(path)


class Hostile:
    def __init__(self, victim: Path) -> None:
        self.victim = victim

    def __reduce__(self) -> Any:
        return Path.touch, (self.victim,)


@pytest.mark.parametrize("wrap", [as_legacy, as_zip, lambda body: body])
def test_a_pickle_that_would_run_code_is_refused_and_runs_nothing(tmp_path: Path, wrap) -> None:
    victim, path = tmp_path / "victim", tmp_path / "weights.pth"
    path.write_bytes(wrap(pickle.dumps(Hostile(victim), 2)))
    with pytest.raises(ModelUnavailable, match="has no place in"):
        load_state_dict(path)
    assert not victim.exists()


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", None])
def test_a_file_that_is_no_checkpoint_is_named_in_the_error(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "weights.pth"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelUnavailable, match=r"weights\.pth"):
        load_state_dict(path)
