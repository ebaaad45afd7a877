"""Clients that ask, wait for the whole answer, and ask again (a closed loop), each on one kept connection."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True)
class Call:
    """One request, as it is sent again and again."""

    name: str
    path: str
    method: str = "GET"
    body: Mapping[str, Any] | None = None
    access: str = ""
    status: int = 200
    # The service may answer 503 while too many do the same; the client then waits for as long as it is told.
    may_be_turned_away: bool = False

    def headers(self) -> dict[str, str]:
        headers = {"Accept": "application/json"}
        if self.access:
            headers["Authorization"] = f"Bearer {self.access}"
        if self.body is not None:
            headers["Content-Type"] = "application/json"
        return headers


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    content: bytes

    def json(self) -> Any:
        return json.loads(self.content)


@dataclass
class Measured:
    """What the clients saw of one kind of call. `milliseconds` are those of the answers that were expected."""

    seconds: float = 0.0
    milliseconds: list[float] = field(default_factory=list)
    turned_away: int = 0
    unexpected: list[str] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        return len(self.milliseconds) / self.seconds if self.seconds else 0.0


class Client:
    """A kept connection. `http.client` costs a tenth of what larger clients do: what is measured is the server."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)

    def send(self, call: Call) -> Answer:
        body = None if call.body is None else json.dumps(call.body).encode()
        try:
            self._connection.request(call.method, call.path, body=body, headers=call.headers())
            answer = self._connection.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read())
        except (OSError, http.client.HTTPException):
            self._connection.close()  # The next request opens another one.
            raise

    def timed(self, call: Call, measured: Measured) -> None:
        begun = time.perf_counter()
        try:
            answer = self.send(call)
        except (OSError, http.client.HTTPException) as error:
            measured.unexpected.append(f"{call.name}: {type(error).__name__}")
            return
        if answer.status == 503 and call.may_be_turned_away:
            measured.turned_away += 1
            time.sleep(float(answer.headers["Retry-After"]))
        elif answer.status == call.status:
            measured.milliseconds.append((time.perf_counter() - begun) * 1000)
        else:
            measured.unexpected.append(f"{call.name}: {answer.status} {answer.content[:200]!r}")

    def close(self) -> None:
        self._connection.close()


def closed_loop(port: int, calls: Sequence[Call], *, clients: int, requests: int, warm_up: int) -> Measured:
    """`clients` at once send `requests` each, after `warm_up` each that are not counted. Each sends one of `calls`."""
    ready = threading.Barrier(clients + 1)

    def one(call: Call) -> Measured:
        client, measured = Client(port), Measured()
        for _ in range(warm_up):
            client.timed(call, Measured())
        ready.wait()
        for _ in range(requests):
            client.timed(call, measured)
        client.close()
        return measured

    with ThreadPoolExecutor(clients) as pool:
        futures = [pool.submit(one, calls[number % len(calls)]) for number in range(clients)]
        ready.wait()
        begun = time.perf_counter()
        parts = [future.result() for future in futures]
        seconds = time.perf_counter() - begun
    return _together(parts, seconds)


def while_others(port: int, others: Sequence[Call], do: Callable[[], Measured]) -> tuple[Measured, Measured]:
    """What `do` measures while a client each sends one of `others` again and again; and what those clients saw."""
    enough = threading.Event()

    def one(call: Call) -> Measured:
        client, measured = Client(port), Measured()
        while not enough.is_set():
            client.timed(call, measured)
        client.close()
        return measured

    with ThreadPoolExecutor(len(others)) as pool:
        begun = time.perf_counter()
        futures = [pool.submit(one, call) for call in others]
        try:
            measured = do()
        finally:
            enough.set()
        parts = [future.result() for future in futures]
        return measured, _together(parts, time.perf_counter() - begun)


def _together(parts: list[Measured], seconds: float) -> Measured:
    whole = Measured(seconds=seconds)
    for part in parts:
        whole.milliseconds += part.milliseconds
        whole.turned_away += part.turned_away
        whole.unexpected += part.unexpected
    return whole
