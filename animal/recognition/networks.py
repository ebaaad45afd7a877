"""The loaded networks: ONNX Runtime sessions, opened on first use and shared by all threads."""

from __future__ import annotations

import ctypes
import math
import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from animal.recognition.bundled import DETECTOR, RECOGNISER, bundled_path
from animal.recognition.errors import ModelUnavailable

if TYPE_CHECKING:
    import onnxruntime

# A run needs some 50 MB for its layers, which its session keeps for the next one. Two at a time keep two cores busy.
RUNS_AT_A_TIME = 2


@dataclass(frozen=True)
class Networks:
    """Both sessions may be run by many threads at once; ``turn`` bounds how many do."""

    detector: onnxruntime.InferenceSession
    recogniser: onnxruntime.InferenceSession
    _turns: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(RUNS_AT_A_TIME))
    _memory: FreedMemory = field(default_factory=lambda: FreedMemory())

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Waits for a free place, and sees to it that what the run has freed goes back to the system."""
        with self._turns:
            try:
                yield
            finally:
                self._memory.give_back()

    def run_detector(self, feed: Mapping[str, NDArray[np.float32]]) -> Sequence[NDArray[Any]]:
        outputs: Sequence[NDArray[Any]] = self.detector.run(None, dict(feed))
        return outputs

    def run_recogniser(
        self, pixels: NDArray[np.float32], output: str = "vectors"
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Of one picture [1,3,260,260]: vectors [2,512] of it and its mirror image, and class logits [1000].

        ``output`` may name "features" instead, [2,5056]. Training's export.py says what the file holds.
        """
        both, logits = self.recogniser.run([output, "logits"], {"input": pixels})
        return both[:, 0], logits[0]


class LazyNetworks:
    """Loads on first use, once per process.

    A session must not cross a fork (its threads stay behind in the parent), so a child opens its own.
    A failure is not kept: the next call tries again.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._loaded: Networks | None = None
        # Whoever forks while another thread is loading would hand its child a lock that nobody opens.
        os.register_at_fork(after_in_child=self._forget)

    def get(self) -> Networks:
        """Raises ModelUnavailable when a model file is missing, unreadable or damaged."""
        loaded = self._loaded
        if loaded is not None:
            return loaded
        with self._lock:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._loaded = None

    def _load(self) -> Networks:
        # From paths, not bytes: a session keeps the bytes that it was opened from, another 32 MB.
        return Networks(
            detector=open_session(bundled_path(DETECTOR, self.folder)),
            recogniser=open_session(bundled_path(RECOGNISER, self.folder)),
        )


def open_session(model: Path) -> onnxruntime.InferenceSession:
    """One thread per call, since the callers are threads already. The arena keeps the memory of a run for the next one:
    40 MB more in the process, and 7 ms less for each photo.

    Raises ModelUnavailable when ONNX Runtime cannot open the file.
    """
    import onnxruntime  # Some 20 MB that a process which never looks at a photo should not carry.

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime raises a dozen classes of its own for a model that it cannot open.
        raise ModelUnavailable(f"The model {model} could not be opened: {error}") from error


class FreedMemory:
    """Hands what was freed back to the system: at once when the last time is a while ago, else when that while is over.

    The layers of a run stay with its session, but decoded pictures and what else came and went do not, and glibc keeps
    freed blocks for later. Handing them back after every photo would make the next one ask for every page again. Other
    C libraries have no such call and need none.
    """

    def __init__(self, pause_seconds: float = 2.0) -> None:
        self._pause = pause_seconds
        self._lock = threading.Lock()
        self._last = -math.inf
        self._timer: threading.Timer | None = None

    def give_back(self) -> None:
        if _is_trimmed_later.get():
            return
        with self._lock:
            wait = self._last + self._pause - time.monotonic()
            if wait <= 0:
                self._last = time.monotonic()
            elif self._timer is None:
                self._timer = threading.Timer(wait, self._give_back_late)
                self._timer.daemon = True
                self._timer.start()
        if wait <= 0:
            memory_trim()

    def _give_back_late(self) -> None:
        with self._lock:
            self._timer, self._last = None, time.monotonic()
        memory_trim()


# Whether whoever called gives back what was freed, and more with it: once is enough.
_is_trimmed_later: ContextVar[bool] = ContextVar("is_trimmed_later", default=False)


@contextmanager
def memory_trimmed() -> Iterator[None]:
    """Hands what the block has freed back to the system at its end, and nothing before."""
    token = _is_trimmed_later.set(True)
    try:
        yield
    finally:
        _is_trimmed_later.reset(token)
        memory_trim()


def memory_trim() -> None:
    """Hand freed memory back to the system now, where the C library can."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
