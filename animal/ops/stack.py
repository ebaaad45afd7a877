"""`./startup.sh test --stack`: the test suite on MariaDB, Redis and S3, then the tests with real processes.

The servers are our own: on free ports, with their data in a folder that goes away, so that nothing that runs on this
machine is touched and nothing has to be configured. They end with this process, however it ends.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from animal.ops.lifeline import bound_to_me
from animal.ops.supervisor import say

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60.0
# Where a disk is busy, making a table takes MariaDB a third of a second there, and a hundredth here.
IN_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder with a random name in it
ENOUGH_BYTES = 2 << 30
NO_TESTS_SELECTED = 5
SHOWN = ("DATABASE_URL", "REDIS_URL", "CLOUDFLARE_S3_API")
S3_KEY, S3_SECRET = "key-of-the-service-tests", "secret-of-the-service-tests"
S3_READER = "key-that-may-only-read"
# Its files are read at http://BUCKET.DOMAIN:PORT/ by anybody.
S3_PUBLIC_BUCKET, S3_DOMAIN = "pawgle-public", "pictures.test"


class ServerFailed(Exception):
    """A server that the tests need did not start. Never a reason to skip them."""


def main(arguments: list[str]) -> int:
    os.chdir(ROOT)
    servers: list[subprocess.Popen[bytes]] = []
    with tempfile.TemporaryDirectory(prefix="pawgle-stack-", dir=roomy_memory()) as folder:
        try:
            database_url = start_mariadb(Path(folder), servers)
            redis_url = start_redis(Path(folder), servers)
            pictures = start_s3(Path(folder), servers)
            return run_suites(arguments, {"DATABASE_URL": database_url, "REDIS_URL": redis_url, **pictures})
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


def roomy_memory() -> Path | None:
    """A place in memory for the servers' data, which outlives a killed server as a disk does; None: on disk."""
    with suppress(OSError):
        if shutil.disk_usage(IN_MEMORY).free > ENOUGH_BYTES:
            return IN_MEMORY
    return None


def run_suites(arguments: list[str], services: dict[str, str]) -> int:
    pytest, started = [sys.executable, "-m", "pytest", *arguments], time.monotonic()
    say(f"\nThe suite on MariaDB, Redis and S3: {' '.join(services[name] for name in SHOWN)}")
    # The tests with real processes run four files at a time on any machine: each starts several, and waits for them.
    on_cores = ["-q", "-n", "auto", "--maxprocesses", "4", "--dist", "worksteal"]
    by_file = ["-q", "-n", "4", "--dist", "loadfile", "--no-loadscope-reorder"]
    if arguments:
        on_cores, by_file = [], []
    environment = {**os.environ, **services}
    on_services = subprocess.run([*pytest, *on_cores], env=environment, check=False).returncode  # noqa: S603
    halfway = time.monotonic()
    say("\nThe tests with real processes")
    on_processes = subprocess.run([*pytest, "-m", "stack", *by_file], check=False).returncode  # noqa: S603
    both, first = time.monotonic() - started, halfway - started
    say(f"\nThe service lane took {both:.0f} s, of which the suite on MariaDB, Redis and S3 {first:.0f} s.")
    if arguments and {on_services, on_processes} == {0, NO_TESTS_SELECTED}:
        return 0  # What was asked for stands in one of the two.
    return on_services or on_processes


def mariadb_data(folder: Path) -> list[str]:
    """A new data folder inside of this one; returns what a server on it is started with. Raises ServerFailed."""
    # Temporary files of its own: two servers that are made at once take each other's away.
    temporary = folder / "tmp"
    temporary.mkdir()
    common = ["--no-defaults", f"--datadir={folder / 'mariadb'}", f"--tmpdir={temporary}"]
    if os.geteuid() == 0:
        common.append("--user=root")  # mariadbd refuses to run as root unless it is told that this is meant.
    prepare = ["--auth-root-authentication-method=normal", "--skip-test-db"]
    made = subprocess.run(  # noqa: S603
        [program("mariadb-install-db"), *common, *prepare], capture_output=True, text=True, check=False
    )
    if made.returncode:
        raise ServerFailed(f"MariaDB could not make its data folder: {made.stdout}{made.stderr}")
    return common


def start_mariadb(folder: Path, servers: list[subprocess.Popen[bytes]]) -> str:
    common, port = mariadb_data(folder), free_port()
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


def start_s3(folder: Path, servers: list[subprocess.Popen[bytes]]) -> dict[str, str]:
    """SeaweedFS: nobody reads a bucket without the key, save the public one. Returns our settings for it."""
    data, port = folder / "s3", free_port()
    data.mkdir()
    everything = {
        "name": "pawgle",
        "credentials": [{"accessKey": S3_KEY, "secretKey": S3_SECRET}],
        "actions": ["Admin"],
    }
    reader = {"name": "reader", "credentials": [{"accessKey": S3_READER, "secretKey": S3_SECRET}], "actions": ["Read"]}
    anybody = {"name": "anonymous", "actions": [f"Read:{S3_PUBLIC_BUCKET}"]}
    (folder / "s3.json").write_text(json.dumps({"identities": [everything, reader, anybody]}))
    # One program, several servers, each with a second port for the others; those that we have no use for are off.
    names = ("master", "volume", "filer", "admin")
    ports = [f"-{name}.port{kind}={free_port()}" for name in names for kind in ("", ".grpc")]
    gateway = [f"-s3.port={port}", f"-s3.port.grpc={free_port()}", f"-s3.config={folder / 's3.json'}"]
    gateway += [f"-s3.domainName={S3_DOMAIN}", "-s3.port.iceberg=0", "-s3.port.lance=0", "-s3.autoCreateBucket=false"]
    here = [f"-dir={data}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"]
    off = ["-admin.ui=false", "-webdav=false", "-master.telemetry=false"]
    weed = shutil.which("weed", path=str(Path(sys.executable).parent)) or program("weed")
    start([weed, "mini", *here, *ports, *gateway, *off], folder / "s3.log", servers)
    values = {
        "CLOUDFLARE_S3_API": f"http://127.0.0.1:{port}",
        "CLOUDFLARE_R2_ACCESS_KEY_ID": S3_KEY,
        "CLOUDFLARE_R2_ACCESS_KEY": S3_SECRET,
        "CLOUDFLARE_BUCKET_NAME": "pawgle",
        "CLOUDFLARE_PRIVATE_BUCKET_NAME": "pawgle-private",
    }
    buckets = ("pawgle", "pawgle-private", S3_PUBLIC_BUCKET)
    wait_for("SeaweedFS", servers[-1], folder / "s3.log", lambda: buckets_made(values["CLOUDFLARE_S3_API"], buckets))
    return values


def buckets_made(endpoint: str, names: Iterable[str]) -> bool:
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    once = Config(connect_timeout=1, read_timeout=10, retries={"total_max_attempts": 1})
    keys = {"aws_access_key_id": S3_KEY, "aws_secret_access_key": S3_SECRET}
    client = boto3.client("s3", endpoint_url=endpoint, region_name="auto", config=once, **keys)
    try:
        for name in names:
            with suppress(client.exceptions.BucketAlreadyOwnedByYou):
                client.create_bucket(Bucket=name)
    except (BotoCoreError, ClientError):
        return False
    return True


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
