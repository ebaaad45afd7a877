"""The loaded networks: ONNX Runtime sessions and the projection, opened on first use and shared by all threads."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from animal.recognition.bundled import DETECTOR, read_bundled
from animal.recognition.errors import ModelUnavailable
from animal.recognition.model_cache import read_backbone
from animal.recognition.projection import Projection, bundled_projection

if TYPE_CHECKING:
    import onnxruntime


@dataclass(frozen=True)
class Networks:
    """Both sessions may be run by many threads at once."""

    detector: onnxruntime.InferenceSession
    backbone: onnxruntime.InferenceSession
    projection: Projection

    def run_detector(self, feed: Mapping[str, NDArray[np.float32]]) -> Sequence[NDArray[Any]]:
        outputs: Sequence[NDArray[Any]] = self.detector.run(None, dict(feed))
        return outputs

    def run_backbone(self, pixels: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Features [n,1280] and class logits [n,1000]."""
        features, logits = self.backbone.run(["features", "logits"], {"input": pixels})
        return features, logits


class LazyNetworks:
    """Loads on first use, once per process.

    A session must not cross a fork (its threads stay behind in the parent), so a child opens its own.
    A failure is not kept: the next call tries again.
    """

    def __init__(self, cache_dir: Path) -> None:
        self.cache_dir = cache_dir
        self._lock = threading.Lock()
        self._loaded: tuple[int, Networks] | None = None

    def get(self) -> Networks:
        """Raises ModelUnavailable when a model file is missing, unreadable or damaged."""
        loaded = self._loaded
        if loaded is not None and loaded[0] == os.getpid():
            return loaded[1]
        with self._lock:
            if self._loaded is None or self._loaded[0] != os.getpid():
                self._loaded = (os.getpid(), self._load())
            return self._loaded[1]

    def _load(self) -> Networks:
        return Networks(
            detector=open_session(read_bundled(DETECTOR)),
            backbone=open_session(read_backbone(self.cache_dir)),
            projection=bundled_projection(),
        )


def open_session(model: bytes) -> onnxruntime.InferenceSession:
    """A session from the bytes of a model.

    One thread per call, since the callers are threads already, and no arena, which would keep the peak for ever.
    """
    import onnxruntime  # 40 MB that a process which never looks at a photo should not carry.

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime raises a dozen classes of its own for a model that it cannot open.
        raise ModelUnavailable(f"A model could not be opened: {error}") from error
