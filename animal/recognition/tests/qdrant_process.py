"""A Qdrant server of one's own, as a process: see qdrant_server.py."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from animal.ops.lifeline import bound_to_me
from animal.ops.stack import free_port, wait_for


@dataclass
class QdrantServer:
    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def requests(self, line: str) -> int:
        """How many requests begin so, such as `PUT /collections/pawgle_pets/points`."""
        return self.log.read_text().count(f'"{line}')


@contextmanager
def qdrant_server_started(folder: Path | None = None, port: int | None = None) -> Iterator[QdrantServer]:
    """With its collections in `folder`, else in memory where there is such a place: the engine waits for the disk."""
    memory, port = Path("/dev/shm"), port or free_port()  # noqa: S108 (not shared with others: a folder in it)
    with ExitStack() as stack:
        if folder is None:
            in_memory = str(memory) if memory.is_dir() else None
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="pawgle-qdrant-", dir=in_memory)))
        yield stack.enter_context(_started(folder, port))


@contextmanager
def _started(folder: Path, port: int) -> Iterator[QdrantServer]:
    log, program = folder / "log", str(Path(__file__).with_name("qdrant_server.py"))
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, program, str(port), str(folder)],
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=bound_to_me(signal.SIGKILL),
        )
    server = QdrantServer(f"http://127.0.0.1:{port}", process, log)
    try:
        wait_for("Qdrant", process, log, lambda: answers(server.url))
        yield server
    finally:
        process.kill()
        process.wait()


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/collections/none/exists", timeout=2).is_success
    except httpx.TransportError:
        return False
