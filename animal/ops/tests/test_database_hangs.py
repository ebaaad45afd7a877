"""A database that takes connections and says nothing: nobody waits for it for long. Needs mariadb-server."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from animal.ops import stack
from animal.ops.launch import WEB, free_port
from animal.ops.tests.processes import House, wait_until

pytestmark = pytest.mark.stack
NO_SUCH_TAG = 404
TIMEOUT = "from django.db import connection; print('timeout:', connection.get_connection_params().get('read_timeout'))"


@pytest.fixture
def mariadb(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    servers: list[subprocess.Popen[bytes]] = []
    try:
        url = stack.start_mariadb(tmp_path, servers)
        port = url.rpartition(":")[2].partition("/")[0]
        admin = [stack.program("mariadb-admin"), "--no-defaults", "-uroot", "-h127.0.0.1", f"-P{port}"]
        subprocess.run([*admin, "create", "pawgle"], check=True)
        yield servers[0], url
    finally:
        for server in servers:
            server.send_signal(signal.SIGCONT)
            server.terminate()
            server.wait()


def asked(address: str) -> tuple[int, str, float]:
    begun = time.monotonic()
    answer = httpx.get(address, timeout=60)
    return answer.status_code, answer.headers.get("Retry-After", ""), time.monotonic() - begun


def answers(address: str) -> bool:
    try:
        return asked(address)[0] == NO_SUCH_TAG
    except httpx.HTTPError:
        return False


@pytest.mark.timeout(180)
def test_requests_are_refused_within_ten_seconds_and_then_at_once_and_commands_wait(
    tmp_path: Path, mariadb: tuple[subprocess.Popen[bytes], str]
) -> None:
    server, url = mariadb
    port = free_port()
    house = House(tmp_path / "house", DATABASE_URL=url, PORT=str(port), WEB_BIND="127.0.0.1")
    house.folder.mkdir()
    tag = f"http://127.0.0.1:{port}/api/auth/found/ANI0000000000000000/"
    try:
        house.manage("migrate", "-v0")
        house.start(*WEB)
        wait_until(lambda: answers(tag), seconds=20, what="the first answer")
        server.send_signal(signal.SIGSTOP)
        status, retry_after, seconds = asked(tag)
        assert (status, retry_after) == (503, "5")
        assert seconds < 10
        # A thread that has a connection waits for an answer, one that has none for a connection.
        later = [asked(tag) for _ in range(4)]
        assert {one[:2] for one in later} == {(503, "5")}
        assert max(seconds for *_, seconds in later) < 5, "these waited for one of both only"
        assert later[-1][2] < 1, "none was to be had a moment ago"
        server.send_signal(signal.SIGCONT)
        wait_until(lambda: answers(tag), seconds=10, what="an answer, once it answers again")
        assert "timeout: None" in house.python(TIMEOUT)
    finally:
        house.clean_up()
