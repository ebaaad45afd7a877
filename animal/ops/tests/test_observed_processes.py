"""The whole service as production starts it, seen from outside: its logs, its metrics, its health."""

from __future__ import annotations

import json
import re
import signal
import socket
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from animal.ops.tests.processes import House, wait_until

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]

TOKEN = "a token for monitors only"
ASKED = "drill-0123456789"


def ask(port: int, path: str, **headers: str) -> httpx.Response:
    return httpx.get(f"http://127.0.0.1:{port}{path}", headers=headers, timeout=10)


def sums(port: int) -> dict[str, float]:
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(ask(port, "/metrics/", Authorization=f"Bearer {TOKEN}").text):
        for sample in family.samples:
            found[sample.name] = found.get(sample.name, 0) + sample.value
    return found


def checks(port: int) -> dict[str, Any]:
    return ask(port, "/api/v1/health/", Authorization=f"Bearer {TOKEN}").json()["checks"]


def lines(house: House, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (house.folder / "logs" / name).read_text().splitlines()]


@pytest.fixture
def port(house: House) -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = int(probe.getsockname()[1])
    house.environment |= {
        "PORT": str(free),
        "WEB_CONCURRENCY": "2",
        "METRICS_TOKEN": TOKEN,
        "THROTTLE_ANON_RATE": "9999/min",
        "LOG_DIR": str(house.folder / "logs"),
        "LOG_FORMAT": "json",
        "SLOW_QUERY_SECONDS": "0.001",
    }
    house.start("./startup.sh")
    wait_until(lambda: answers(free), seconds=120, what="the service is ready")
    wait_until(lambda: checks(free)["worker"]["status"] == "healthy", seconds=90, what="the worker's heart beats")
    return free


def answers(port: int) -> bool:
    try:
        return ask(port, "/ready/").status_code == 200
    except httpx.HTTPError:
        return False


def test_b68_one_request_is_found_in_every_log(house: House, port: int) -> None:
    answer = httpx.post(
        f"http://127.0.0.1:{port}/api/auth/magic/request/?token=secret",
        json={"email": "ada@example.org"},
        headers={"X-Request-ID": ASKED},
    )
    assert answer.headers["X-Request-ID"] == ASKED
    wait_until(
        lambda: any(line.get("request_id") == ASKED for line in lines(house, "worker.log")),
        seconds=60,
        what="the task of the request is done",
    )
    (access,) = (line for line in lines(house, "access.log") if line.get("request_id") == ASKED)
    assert (access["method"], access["status"]) == ("POST", answer.status_code)
    task = next(line for line in lines(house, "worker.log") if line.get("request_id") == ASKED)
    assert task["logger"] == "animal.core.tasks"
    assert (house.folder / "logs" / "app.log").exists()
    written = "".join(path.read_text() for path in (house.folder / "logs").glob("*.log")) + house.log()
    assert not re.search("ada@|secret|127.0.0.1 - ", written)


def test_b67_web_processes_and_worker_add_up_and_a_killed_one_takes_nothing_away(house: House, port: int) -> None:
    for _ in range(40):
        assert ask(port, "/api/auth/pets/count/").status_code == 200
    house.queue("animal.ops.tests.slow_task.slow", 0)
    wait_until(
        lambda: sums(port).get("background_tasks_total", 0) >= 1, seconds=60, what="the worker's counts are seen"
    )
    before = sums(port)
    assert before["api_requests_total"] >= 40
    master = next(child for child in house.tree_of_last() if "gunicorn" in " ".join(child.cmdline()))
    for victim in master.children():
        victim.send_signal(signal.SIGKILL)
    wait_until(lambda: answers(port), seconds=90, what="new web processes answer")
    after = sums(port)
    assert after["api_requests_total"] >= before["api_requests_total"]
    assert after["django_http_requests_in_progress"] == 1, "what the killed ones were at is not in progress"
    pids = {re.sub(r".*-(\d+)\.db", r"\1", path.name) for path in (house.folder / "metrics").glob("*-*.db")}
    assert pids <= {str(process.pid) for process in house.tree_of_last()}


def test_b65_and_weakness_15_a_running_service_is_healthy_and_tells_strangers_no_more(house: House, port: int) -> None:
    seen: list[dict[str, Any]] = []

    def both_parts_are_known() -> bool:
        # The other web process may tell for two seconds what it saw before the worker's heart beat.
        seen.append(checks(port))
        return seen[-1]["worker"] | {"response_time_ms": 0} == {
            "status": "healthy",
            "response_time_ms": 0,
            "error": "",
            "workers": 1,
            "active_tasks": 0,
        }

    wait_until(both_parts_are_known, seconds=30, what="the worker is seen")
    said = seen[-1]
    assert {name for name, check in said.items() if check["status"] == "unhealthy"} == set()
    assert ask(port, "/metrics/").status_code == 401
    assert set(ask(port, "/api/v1/health/").json()) == {"status", "timestamp"}
