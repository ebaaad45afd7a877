"""The two processes of production, started on a scratch directory: what benchmarks and drills measure."""

from __future__ import annotations

import functools
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
from django.conf import settings

from animal.ops.launch import MANAGE, WEB, WORKER, demo_environment

START_PATIENCE_SECONDS = 60.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class LocalService:
    """Web and worker on `directory`, with a database, media and mail of their own.

    `environment` is added to what both see. Each process leads a process group of its own, so that killing the
    group kills the whole tree.
    """

    directory: Path
    environment: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    web: subprocess.Popen[bytes] | None = None
    worker: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        # As the demo's: whatever database or bucket the operator's settings name must never be measured, or seeded.
        self._environment = {
            **demo_environment(self.directory, self.port),
            "MODEL_DIR": str(settings.MODEL_DIR),
            "SITE_URL": self.base_url,
            **self.environment,
        }

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def manage(self, *arguments: str, cores: set[int] | None = None, show_progress: bool = False) -> str:
        """Run a management command on this service's settings; returns what it printed.

        With `show_progress` what it says of its progress goes where our own does.
        """
        done = subprocess.run(  # noqa: S603 - our own interpreter and commands
            [*MANAGE, *arguments],
            cwd=settings.BASE_DIR,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=None if show_progress else subprocess.PIPE,
            text=True,
            check=False,
            preexec_fn=None if cores is None else functools.partial(os.sched_setaffinity, 0, cores),
        )
        if done.returncode:
            raise RuntimeError(f"manage.py {arguments[0]} failed:\n{done.stdout}{done.stderr or ''}")
        return done.stdout

    def prepare(self) -> None:
        self.manage("migrate", "-v0")
        self.manage("collectstatic", "--noinput", "-v0")

    def start_web(self, *, cores: set[int] | None = None) -> None:
        self.web = self._start(WEB, "web.log", cores)
        deadline = time.monotonic() + START_PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.base_url}/health/", timeout=2).is_success:
                    return
            except httpx.HTTPError:
                time.sleep(0.05)
        raise RuntimeError(f"the web process did not start: see {self.directory / 'web.log'}")

    def start_worker(self, *, cores: set[int] | None = None, **environment: str) -> subprocess.Popen[bytes]:
        """The newest is the one that `stop` stops; whoever starts several sees to the others."""
        self.worker = self._start(WORKER, "worker.log", cores, environment)
        return self.worker

    def _start(
        self, command: Sequence[str], log: str, cores: set[int] | None, environment: dict[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        with (self.directory / log).open("ab") as output:
            process = subprocess.Popen(  # noqa: S603 - our own interpreter and commands
                command,
                cwd=settings.BASE_DIR,
                env={**self._environment, **(environment or {})},
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        if cores:
            os.sched_setaffinity(process.pid, cores)
        return process

    def kill(self, process: subprocess.Popen[bytes] | None, how: int = signal.SIGKILL) -> None:
        """Signal the process's whole group and wait until the process has gone."""
        if process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def stop(self) -> None:
        self.kill(self.worker, signal.SIGTERM)
        self.kill(self.web, signal.SIGTERM)
        self.worker = self.web = None

    def resident_mb(self, process: subprocess.Popen[bytes] | None) -> list[float]:
        """Resident memory in MB (10^6 bytes) of the process and of each of its descendants."""
        if process is None:
            return []
        return [p.memory_info().rss / 1e6 for p in _tree(process)]

    def cpu_seconds(self, process: subprocess.Popen[bytes] | None) -> float:
        """Processor time that the process and its living descendants have used so far."""
        return sum(sum(p.cpu_times()[:2]) for p in _tree(process)) if process is not None else 0.0


def _tree(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    root = psutil.Process(process.pid)
    return [root, *root.children(recursive=True)]


@contextmanager
def local_service(directory: Path, template: Path | None = None, /, **environment: str) -> Iterator[LocalService]:
    """A prepared, stopped service; whatever was started is stopped at the end.

    `template` is the directory of another one, prepared and stopped, which this one starts as a copy of.
    """
    if template is not None:
        shutil.copytree(template, directory, dirs_exist_ok=True)  # With the key of what is signed and encrypted there.
    service = LocalService(directory, environment)
    try:
        if template is None:
            service.prepare()
        yield service
    finally:
        service.stop()
