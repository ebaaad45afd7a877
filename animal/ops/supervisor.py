"""Runs the web process and the worker side by side, as `./startup.sh` leaves them.

Both get a session of their own, so that neither Ctrl-C nor a signal to our process group reaches them: they are
stopped by us alone, with one SIGTERM each. When we die, even by `kill -9`, the kernel sends that SIGTERM for us.

- The web process is the service. When it ends, everything stops and the exit code is not zero.
- A worker that ends is started again after 1, 2, 4 ... 60 s: reports are accepted meanwhile, and queued.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType

from animal.ops.lifeline import bound_to_me

POLL_SECONDS = 0.1
READY_POLL_SECONDS = 0.3
READY_TIMEOUT_SECONDS = 60.0
# The worker takes 8 s at most to stop, gunicorn 8 s plus a moment.
STOP_TIMEOUT_SECONDS = 12.0
LONGEST_PAUSE_SECONDS = 60.0
SETTLED_SECONDS = 60.0


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - this is a command line program


@dataclass
class Supervisor:
    """Once the web process is ready, `announcement` is printed and `follow_up` runs; with `ends_with_follow_up` its
    exit code is ours."""

    web: Sequence[str]
    worker: Sequence[str]
    ready_url: str
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    announcement: str = ""
    follow_up: Sequence[str] | None = None
    ends_with_follow_up: bool = False

    def __post_init__(self) -> None:
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._signal: int | None = None
        self._pause = 1.0
        self._worker_started = 0.0
        self._worker_due = 0.0

    def run(self) -> int:
        with self._signals():
            try:
                self._start("web", self.web)
                self._start_worker()
                return self._watch()
            finally:
                self._stop_all()

    def _watch(self) -> int:
        ready_deadline = time.monotonic() + READY_TIMEOUT_SECONDS
        next_look, ready = 0.0, False
        while True:
            if self._signal is not None:
                return 130 if self._signal == signal.SIGINT else 0
            if (code := self._children["web"].poll()) is not None:
                say(f"The web process ended with code {code}. Everything stops.")
                return 1
            self._look_after_worker()
            if not ready and time.monotonic() >= next_look:
                next_look = time.monotonic() + READY_POLL_SECONDS
                ready = self._web_is_ready()
                if ready:
                    self._follow_up()
                if not ready and self.follow_up and time.monotonic() > ready_deadline:
                    say(f"The web process did not become ready within {READY_TIMEOUT_SECONDS:g} s. Everything stops.")
                    return 1
            follow_up = self._children.get("follow-up")
            follow_up_code = follow_up.poll() if follow_up else None
            if self.ends_with_follow_up and follow_up_code is not None:
                return follow_up_code if follow_up_code >= 0 else 1
            reap_adopted({child.pid for child in self._children.values()})
            time.sleep(POLL_SECONDS)

    def _follow_up(self) -> None:
        if self.announcement:
            say(self.announcement)
        if self.follow_up:
            self._start("follow-up", self.follow_up)

    def _look_after_worker(self) -> None:
        worker = self._children.get("worker")
        if worker is None:
            if time.monotonic() >= self._worker_due:
                self._start_worker()
            return
        if worker.poll() is None:
            return
        if time.monotonic() - self._worker_started > SETTLED_SECONDS:
            self._pause = 1.0
        say(f"The worker ended with code {worker.returncode}. It starts again in {self._pause:g} s.")
        del self._children["worker"]
        self._worker_due = time.monotonic() + self._pause
        self._pause = min(self._pause * 2, LONGEST_PAUSE_SECONDS)

    def _start_worker(self) -> None:
        self._worker_started = time.monotonic()
        self._start("worker", self.worker)

    def _start(self, name: str, command: Sequence[str]) -> None:
        self._children[name] = subprocess.Popen(  # noqa: S603 - our own commands
            list(command),
            env=dict(self.environment),
            start_new_session=True,
            preexec_fn=bound_to_me(signal.SIGTERM),
        )

    def _web_is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(self.ready_url, timeout=2) as answer:  # noqa: S310 - our own http address
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def _stop_all(self) -> None:
        for child in self._children.values():
            if child.poll() is None:
                child.terminate()
        deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
        for child in self._children.values():
            try:
                child.wait(max(deadline - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                # What the processes below it do when it dies is the kernel's business (animal.ops.lifeline).
                child.kill()
                child.wait()

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        def remember(signum: int, frame: FrameType | None) -> None:
            self._signal = self._signal or signum

        kept = {number: signal.signal(number, remember) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
        try:
            yield
        finally:
            for number, handler in kept.items():
                signal.signal(number, handler)


def reap_adopted(own: set[int]) -> None:
    """As process 1 of a container we inherit processes whose parents were killed; they would stay zombies."""
    if os.getpid() != 1:
        return
    while True:
        try:
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return
        if ended is None or ended.si_pid in own:
            return  # Ours are collected by Popen.
        os.waitpid(ended.si_pid, os.WNOHANG)
