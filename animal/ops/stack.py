"""`./startup.sh test --stack`: the test suite on MariaDB and Redis, then the tests with real processes.

Both servers are our own: on free ports, with their data in a folder that goes away, so that nothing that runs on this
machine is touched and nothing has to be configured. They end with this process, however it ends.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from animal.ops.lifeline import bound_to_me
from animal.ops.supervisor import say

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60.0
NO_TESTS_SELECTED = 5


class ServerFailed(Exception):
    """A server that the tests need did not start. Never a reason to skip them."""


def main(arguments: list[str]) -> int:
    os.chdir(ROOT)
    servers: list[subprocess.Popen[bytes]] = []
    with tempfile.TemporaryDirectory(prefix="pawgle-stack-") as folder:
        try:
            database_url = start_mariadb(Path(folder), servers)
            redis_url = start_redis(Path(folder), servers)
            return run_suites(arguments, {"DATABASE_URL": database_url, "REDIS_URL": redis_url})
        except ServerFailed as failure:
            say(f"PawGle: {failure}")
            return 1
        except KeyboardInterrupt:
            return 130
        finally:
            for server in servers:
                server.terminate()
            for server in servers:
                server.wait()


def run_suites(arguments: list[str], services: dict[str, str]) -> int:
    pytest = [sys.executable, "-m", "pytest", *arguments]
    say(f"\nThe suite on MariaDB and Redis: {' '.join(services.values())}")
    on_services = subprocess.run(pytest, env={**os.environ, **services}, check=False).returncode  # noqa: S603
    say("\nThe tests with real processes")
    on_processes = subprocess.run([*pytest, "-m", "stack"], check=False).returncode  # noqa: S603
    if arguments and {on_services, on_processes} == {0, NO_TESTS_SELECTED}:
        return 0  # What was asked for stands in one of the two.
    return on_services or on_processes


def start_mariadb(folder: Path, servers: list[subprocess.Popen[bytes]]) -> str:
    data, port = folder / "mariadb", free_port()
    common = ["--no-defaults", f"--datadir={data}"]
    if os.geteuid() == 0:
        common.append("--user=root")  # mariadbd refuses to run as root unless it is told that this is meant.
    prepare = ["--auth-root-authentication-method=normal", "--skip-test-db"]
    made = subprocess.run(  # noqa: S603
        [program("mariadb-install-db"), *common, *prepare], capture_output=True, text=True, check=False
    )
    if made.returncode:
        raise ServerFailed(f"MariaDB could not make its data folder: {made.stdout}{made.stderr}")
    place = [f"--socket={folder / 'mariadb.sock'}", f"--port={port}", "--bind-address=127.0.0.1", "--skip-log-bin"]
    # As TiDB compares text.
    text = ["--character-set-server=utf8mb4", "--collation-server=utf8mb4_bin"]
    start([program("mariadbd"), *common, *place, *text], folder / "mariadb.log", servers)
    ping = [program("mariadb-admin"), "--no-defaults", "-uroot", "-h127.0.0.1", f"-P{port}", "--silent", "ping"]
    wait_for("MariaDB", servers[-1], folder / "mariadb.log", lambda: succeeds(ping))
    return f"mysql://root@127.0.0.1:{port}/pawgle"


def start_redis(folder: Path, servers: list[subprocess.Popen[bytes]]) -> str:
    port = free_port()
    command = [program("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    start(command, folder / "redis.log", servers)
    wait_for("Redis", servers[-1], folder / "redis.log", lambda: redis_answers(port))
    return f"redis://127.0.0.1:{port}/0"


def start(command: Sequence[str], log: Path, servers: list[subprocess.Popen[bytes]]) -> None:
    with log.open("wb") as output:
        servers.append(
            subprocess.Popen(  # noqa: S603
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # Out of reach of a Ctrl-C, so that the tests can still end in order.
                start_new_session=True,
                preexec_fn=bound_to_me(signal.SIGTERM),
            )
        )


def wait_for(name: str, server: subprocess.Popen[bytes], log: Path, answers: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not answers():
        if server.poll() is not None or time.monotonic() > deadline:
            raise ServerFailed(f"{name} did not start. It said:\n{log.read_text(errors='replace')[-3000:]}")
        time.sleep(0.1)


def program(name: str) -> str:
    # Debian keeps servers in /usr/sbin, which is not on everybody's PATH.
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if not found:
        raise ServerFailed(f"{name} is missing. Install mariadb-server and redis-server, then run this again.")
    return found


def succeeds(command: Sequence[str]) -> bool:
    return subprocess.run(list(command), capture_output=True, check=False).returncode == 0  # noqa: S603


def redis_answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
