"""`./startup.sh` as production runs it: both processes, every way to stop or kill them."""

from __future__ import annotations

import os
import signal
import socket
import urllib.error
import urllib.request

import psutil
import pytest

from animal.ops.tests.processes import House, wait_until

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int, path: str = "/ready/") -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def part(house: House, startup: psutil.Process, word: str) -> psutil.Process:
    """The main process of the part whose command line has the word."""
    house.tree(startup)
    return next(child for child in startup.children() if word in child.cmdline())


def start(house: House, port: int) -> psutil.Process:
    house.environment |= {"PORT": str(port)}
    startup = house.start("./startup.sh")
    wait_until(lambda: answers(port), seconds=60, what="the service is ready")
    # The worker's tree: main, sentinel, worker, monitor, pusher. The web's: master and one process.
    wait_until(lambda: len(house.tree(startup)) == 8, seconds=30, what="all processes run")
    return startup


def test_a_production_start_migrates_serves_and_works(house: House, port: int) -> None:
    (house.folder / "pawgle.sqlite3").unlink()
    start(house, port)
    assert answers(port, "/health/")
    assert "migrations" in house.log()
    house.queue("animal.ops.tests.slow_task.slow", 10)
    wait_until(lambda: "finished 10" in house.notes(), seconds=20, what="the worker works")


@pytest.mark.parametrize("whole_group", [False, True], ids=["startup.sh", "whole group"])
def test_sigterm_stops_everything_in_order(house: House, port: int, whole_group: bool) -> None:
    startup = start(house, port)
    os.killpg(startup.pid, signal.SIGTERM) if whole_group else startup.terminate()
    assert house.exit_code() == 0
    assert house.survivors() == []


def test_ctrl_c_stops_everything(house: House, port: int) -> None:
    startup = start(house, port)
    os.killpg(startup.pid, signal.SIGINT)  # What a terminal does.
    assert house.exit_code() == 130
    assert house.survivors() == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_the_end_of_the_web_process_stops_everything_and_is_an_error(
    house: House, port: int, number: signal.Signals
) -> None:
    startup = start(house, port)
    part(house, startup, "gunicorn").send_signal(number)
    assert house.exit_code() == 1
    assert house.survivors() == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_worker_that_ends_is_started_again_and_the_web_process_stays(
    house: House, port: int, number: signal.Signals
) -> None:
    startup = start(house, port)
    web, worker = part(house, startup, "gunicorn"), part(house, startup, "worker")
    worker.send_signal(number)
    wait_until(lambda: not worker.is_running() and len(house.tree(startup)) == 8, seconds=30, what="a new worker runs")
    assert part(house, startup, "gunicorn").pid == web.pid
    house.queue("animal.ops.tests.slow_task.slow", 10)
    wait_until(lambda: "finished 10" in house.notes(), seconds=20, what="the new worker works")


def test_a_killed_process_of_the_web_server_is_replaced(house: House, port: int) -> None:
    startup = start(house, port)
    victim = part(house, startup, "gunicorn").children()[0]
    victim.kill()
    wait_until(
        lambda: not victim.is_running() and len(house.tree(startup)) == 8 and answers(port),
        seconds=20,
        what="the service answers again",
    )


def test_killing_startup_itself_leaves_no_process_behind(house: House, port: int) -> None:
    startup = start(house, port)
    startup.kill()
    wait_until(lambda: not house.survivors(), seconds=12, what="no process is left")
    assert not answers(port)


def test_killing_the_web_master_frees_the_port_at_once(house: House, port: int) -> None:
    startup = start(house, port)
    master = part(house, startup, "gunicorn")
    children = master.children()
    startup.suspend()  # So that only the kernel can be what ends them.
    master.kill()
    wait_until(lambda: not any(child.is_running() for child in children), seconds=2, what="its processes end")
    startup.resume()
    assert house.exit_code() == 1
