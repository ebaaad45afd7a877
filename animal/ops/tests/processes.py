"""Starts real processes for the tests and looks at what is left of them."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[3]
PYTHON = sys.executable
PATIENCE = 4


def wait_until(condition: Callable[[], object], *, seconds: float, what: str) -> None:
    """Wait for something that another process brings about, for so many seconds where nothing else is run.

    Other tests run beside this one, and machines of CI are shared: what is late there is not wrong.
    """
    deadline = time.monotonic() + seconds * PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {PATIENCE} times {seconds} s"
        time.sleep(0.05)


class House:
    """A service of its own: a folder, an environment and the processes started in it."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.environment = {
            "PATH": f"{Path(PYTHON).parent}:{os.environ['PATH']}",
            "HOME": str(folder),
            "ENV_FILE": "",
            "VAR_DIR": str(folder),
            "DEBUG": "true",
            "SECRET_KEY": "a key for tests only, long enough for HS256 signatures",
            **settings,
        }
        self.started: list[subprocess.Popen[bytes]] = []
        self.family: dict[int, psutil.Process] = {}

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=300, check=False
        )

    def manage(self, *arguments: str) -> str:
        done = self.run(PYTHON, "manage.py", *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def python(self, code: str) -> str:
        return self.manage("shell", "--no-imports", "-c", code)

    def queue(self, task: str, target: int) -> None:
        self.python(f"from animal.core.tasks import task_enqueue; task_enqueue('{task}', {target})")

    def start(self, *command: str) -> psutil.Process:
        """In a process group of its own, as a shell starts what one types."""
        log = (self.folder / "log.txt").open("ab")
        process = subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, process_group=0, stdin=subprocess.DEVNULL
        )
        log.close()
        self.started.append(process)
        return psutil.Process(process.pid)

    def exit_code(self, *, seconds: float = 14) -> int:
        return self.started[-1].wait(seconds * PATIENCE)

    def log(self) -> str:
        return (self.folder / "log.txt").read_text()

    def notes(self) -> list[str]:
        path = self.folder / "notes.txt"
        return path.read_text().splitlines() if path.exists() else []

    def tree(self, process: psutil.Process) -> list[psutil.Process]:
        """The process and all below it, remembered so that `survivors` can look for them."""
        found = [process, *process.children(recursive=True)]
        self.family.update({member.pid: member for member in found})
        return found

    def tree_of_last(self) -> list[psutil.Process]:
        return self.tree(psutil.Process(self.started[-1].pid))

    def survivors(self) -> list[psutil.Process]:
        # A killed process stays a zombie until init collects it; it runs no more.
        return [member for member in self.family.values() if alive(member)]

    def task_states(self) -> dict[str, str]:
        with sqlite3.connect(self.folder / "pawgle.sqlite3", timeout=20) as connection:
            return dict(connection.execute("SELECT key, state FROM core_backgroundtask"))

    def clean_up(self) -> None:
        for process in self.started:
            if process.poll() is None:
                self.tree(psutil.Process(process.pid))
        for member in self.survivors():
            member.send_signal(signal.SIGKILL)
        for process in self.started:
            process.wait(10)


def alive(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
