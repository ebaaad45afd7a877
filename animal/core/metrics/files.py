"""Counts of several processes in one folder, as prometheus_client keeps them: a file for each process and kind.

A process that answers `/metrics/` then tells the sum of all web processes and workers that share the folder. Files of
dead processes are folded into one for each kind, so that sums never fall, and a worker that is replaced every 500 tasks
leaves nothing behind. Once nobody counts there any more the next start begins at zero, which Prometheus understands.

Give each host a folder of its own on a local disk: the files are memory that processes share.
"""

from __future__ import annotations

import fcntl
import functools
import logging
import os
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import prometheus_client.mmap_dict
import prometheus_client.multiprocess
import prometheus_client.values
import psutil

from animal.core.metrics import lazy

logger = logging.getLogger(__name__)

# Only half of prometheus_client is typed.
values: Any = prometheus_client.values
MmapedDict: Any = prometheus_client.mmap_dict.MmapedDict
MultiProcessCollector: Any = prometheus_client.multiprocess.MultiProcessCollector

# Files are given their room at once: writing to a promised page that a full disk does not have would kill the process.
ROOM_BYTES = {"histogram": 2_097_152}
ROOM_BYTES_OTHERS = 262_144
# Of another host's process (another container on the same volume) nothing is known but when its file was last written.
SILENT_SECONDS = 86_400
_NAME = re.compile(r"(?P<kind>counter|histogram|gauge_[a-z]+)_(?P<host>[A-Za-z0-9.-]+)-(?P<pid>\d+)\.db")
_DEAD = "dead"

_folder: Path | None = None


def share(folder: Path) -> None:
    """From now on this process and its forks count into files in `folder`. What was counted before is dropped."""
    global _folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder, fcntl.LOCK_EX):
            _begin_anew_if_all_are_dead(folder)
    except OSError as error:
        logger.warning("%s cannot be written, so this process's counts stay its own: %s", folder, error)
        return
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    values.MmapedDict = _RoomyDict
    values.ValueClass = values.MultiProcessValue(_process)
    lazy.forget_all()
    _folder = folder


def shared_folder() -> Path | None:
    return _folder


def stop_sharing() -> None:
    """For tests: count in this process again."""
    global _folder
    _folder = None
    os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)
    values.ValueClass = values.MutexValue
    values.MmapedDict = MmapedDict
    lazy.forget_all()


@contextmanager
def gathered(folder: Path) -> Iterator[Any]:
    """The sums over all processes, to be collected within the block. Tidies up first."""
    with suppress(OSError), _locked(folder, fcntl.LOCK_EX | fcntl.LOCK_NB):
        tidy(folder)
    with _locked(folder, fcntl.LOCK_SH):  # Nobody tidies up meanwhile: a count would be seen twice, or not at all.
        yield MultiProcessCollector(None, path=str(folder))


def tidy(folder: Path) -> None:
    """Fold the files of dead processes into one. A kill in the middle of it counts one process twice, at worst."""
    for kind in ("counter", "histogram"):
        dead = [path for path in folder.glob(f"{kind}_*.db") if _is_dead(path)]
        if dead:
            _fold(dead, folder / f"{kind}_{_DEAD}.db")
    for path in folder.glob("gauge_*.db"):
        if _is_dead(path):
            path.unlink(missing_ok=True)


def _fold(dead: list[Path], into: Path) -> None:
    """Written beside and renamed, so that a kill leaves the old sums or the new ones."""
    new = into.with_suffix(".new")
    new.unlink(missing_ok=True)
    sums = _RoomyDict(str(new))
    try:
        for path in [*([into] if into.exists() else []), *dead]:
            for key, value, _, _ in MmapedDict.read_all_values_from_file(str(path)):
                sums.write_value(key, sums.read_value(key)[0] + value, 0.0)
    except (OSError, RuntimeError, ValueError) as error:
        # Cut short by a power failure, or the disk is full.
        logger.warning("counts of processes that ended are lost: %s", error)
    finally:
        sums.close()
    new.replace(into)
    for path in dead:
        path.unlink(missing_ok=True)


def _begin_anew_if_all_are_dead(folder: Path) -> None:
    files = list(folder.glob("*.db"))
    if any(_NAME.fullmatch(path.name) and not _is_dead(path) for path in files):
        return
    for path in files:
        path.unlink(missing_ok=True)


def _is_dead(path: Path) -> bool:
    said = _NAME.fullmatch(path.name)
    if said is None:
        return False
    if said["host"] == _host():
        return not psutil.pid_exists(int(said["pid"]))
    try:
        return time.time() - path.stat().st_mtime > SILENT_SECONDS
    except FileNotFoundError:
        return False


def _process() -> str:
    return f"{_host()}-{os.getpid()}"


@functools.cache
def _host() -> str:
    # prometheus_client takes names of files apart at their underscores.
    return re.sub(r"[^A-Za-z0-9.-]", "-", socket.gethostname()) or "host"


@contextmanager
def _locked(folder: Path, how: int) -> Iterator[None]:
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, how)
        yield


class _RoomyDict(MmapedDict):
    def __init__(self, filename: str, read_mode: bool = False) -> None:
        if not read_mode and hasattr(os, "posix_fallocate"):
            room = ROOM_BYTES.get(Path(filename).name.partition("_")[0], ROOM_BYTES_OTHERS)
            with Path(filename).open("ab") as file:
                os.posix_fallocate(file.fileno(), 0, max(room, os.fstat(file.fileno()).st_size))
        super().__init__(filename, read_mode)
