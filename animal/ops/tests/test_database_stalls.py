"""A database that goes on, but for the very COMMIT or row that a request waits for. Needs mariadb-server."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from animal.ops import stack
from animal.ops.launch import WEB, free_port
from animal.ops.tests.processes import House, wait_until
from animal.reports.tests.conftest import REPORT_URL, form

pytestmark = pytest.mark.stack
KEYED = {"Idempotency-Key": "e7d1a1f0"}
SOMEBODY = "from animal.conftest import make_actor; print('access:', make_actor('owner').access)"
WRITTEN = "SELECT COUNT(*) FROM reports_report"
TAGS = "SELECT GROUP_CONCAT(animal_id) FROM pets_pet"
WAITING = "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'INSERT INTO `core_backgroundtask`%'"
AT_WORK = "SELECT COUNT(*) FROM information_schema.processlist WHERE command IN ('Query', 'Killed')"
Ask = Callable[[str], Any]


@pytest.fixture
def mariadb(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    servers: list[subprocess.Popen[bytes]] = []
    try:
        url = stack.start_mariadb(tmp_path, servers)
        admin = [stack.program("mariadb-admin"), "--no-defaults", "-uroot", "-h127.0.0.1", f"-P{urlsplit(url).port}"]
        subprocess.run([*admin, "create", "pawgle"], check=True)
        yield servers[0], url
    finally:
        for server in servers:
            server.kill()
            server.wait()


@pytest.fixture
def url(mariadb: tuple[subprocess.Popen[bytes], str]) -> str:
    return mariadb[1]


@contextmanager
def stalling(server: subprocess.Popen[bytes]) -> Iterator[None]:
    """It works for a moment every two seconds: at a statement or two, too few for a request."""
    over = threading.Event()

    def stall() -> None:
        while not over.is_set():
            server.send_signal(signal.SIGSTOP)
            over.wait(2)
            server.send_signal(signal.SIGCONT)
            time.sleep(0.003)

    thread = threading.Thread(target=stall)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.fixture
def staff(url: str) -> Iterator[tuple[Ask, Ask]]:
    """Two other connections to the database."""
    import MySQLdb

    port = urlsplit(url).port or 0
    opened = [MySQLdb.connect(host="127.0.0.1", port=port, user="root", database="pawgle") for _ in range(2)]

    def asking(connection: Any) -> Ask:
        def ask(statement: str) -> Any:
            cursor = connection.cursor()
            cursor.execute(statement)
            return cursor.fetchone()

        return ask

    first, second = (asking(connection) for connection in opened)
    second("SET autocommit = 1")
    yield first, second
    for connection in opened:
        connection.close()


@pytest.fixture
def service(tmp_path: Path, url: str) -> Iterator[Callable[..., httpx.Response]]:
    port = free_port()
    house = House(tmp_path / "house", DATABASE_URL=url, PORT=str(port), WEB_BIND="127.0.0.1")
    house.folder.mkdir()
    try:
        house.manage("migrate", "-v0")
        access = house.python(SOMEBODY).partition("access: ")[2].strip()
        house.start(*WEB)
        people = httpx.Client(
            base_url=f"http://127.0.0.1:{port}", headers={"Authorization": f"Bearer {access}"}, timeout=60
        )
        wait_until(lambda: answers(people), seconds=20, what="the first answer")
        yield people.post
    finally:
        house.clean_up()


def answers(people: httpx.Client) -> bool:
    try:
        return people.get("/health/").is_success
    except httpx.HTTPError:
        return False


def photo() -> dict[str, Any]:
    from PIL import Image

    written = BytesIO()
    Image.effect_noise((320, 240), 60).save(written, "JPEG")
    return {"image": ("a.jpg", written.getvalue(), "image/jpeg")}


@pytest.mark.timeout(180)
def test_what_waits_for_a_row_is_refused_by_the_server_and_not_done_later(
    service: Callable[..., httpx.Response], staff: tuple[Ask, Ask]
) -> None:
    first, second = staff
    fields = {"name": "Milo", "type": "Cats", "category": "Domestic", "breed": "Tabby"}
    pet = service("/api/auth/pets/add/", data=fields, files=photo()).json()["pet"]
    tag = second(TAGS)
    first("SELECT * FROM pets_pet FOR UPDATE")
    begun = time.monotonic()
    answer = service(f"/api/v1/pets/{pet['id']}/rotate-tag/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert time.monotonic() - begun < 10
    first("ROLLBACK")
    wait_until(lambda: second(AT_WORK) == (1,), seconds=10, what="the end of what was given up")
    assert second(TAGS) == tag
    assert service(f"/api/v1/pets/{pet['id']}/rotate-tag/").status_code == 200
    assert second(TAGS) != tag


@pytest.mark.timeout(180)
def test_a_report_whose_commit_stalls_is_refused_and_does_not_come_later(
    service: Callable[..., httpx.Response], staff: tuple[Ask, Ask]
) -> None:
    first, second = staff
    # The first photo of a process takes a while, in which its libraries are loaded.
    assert service(REPORT_URL, data=form(), files=photo()).status_code == 201
    first("SELECT COUNT(*) FROM core_backgroundtask FOR UPDATE")
    with ThreadPoolExecutor() as pool:
        sent, begun = photo(), time.monotonic()
        asked = pool.submit(service, REPORT_URL, data=form(), files=sent, headers=KEYED)
        wait_until(lambda: second(WAITING) == (1,), seconds=10, what="the request at work in its transaction")
        for stage in ("START", "FLUSH", "BLOCK_DDL", "BLOCK_COMMIT"):
            second(f"BACKUP STAGE {stage}")
        first("ROLLBACK")  # Now it comes to its COMMIT, which waits as on a disk that does not write.
        answer = asked.result()
        took = time.monotonic() - begun
    assert took < 10
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    second("BACKUP STAGE END")
    wait_until(lambda: second(AT_WORK) == (1,), seconds=10, what="the end of what was given up")
    assert second(WRITTEN) == (1,), "it was refused"
    assert service(REPORT_URL, data=form(), files=sent, headers=KEYED).status_code == 201
    assert second(WRITTEN) == (2,)


@pytest.mark.timeout(180)
def test_a_server_that_stalls_again_and_again_keeps_a_request_no_longer_than_one_that_hangs(
    service: Callable[..., httpx.Response], mariadb: tuple[subprocess.Popen[bytes], str], staff: tuple[Ask, Ask]
) -> None:
    _, second = staff
    assert service(REPORT_URL, data=form(), files=photo()).status_code == 201
    with stalling(mariadb[0]):
        begun = time.monotonic()
        answer = service(REPORT_URL, data=form(), files=photo())
        took = time.monotonic() - begun
    assert took < 10
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    wait_until(lambda: second(AT_WORK) == (1,), seconds=10, what="the end of what was given up")
    assert second(WRITTEN) == (1,), "it was refused"
