"""Clients that measure: every answer is counted once, and none that was not asked for passes as a good one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from animal.bench.load import Call, Measured, closed_loop, while_others
from animal.bench.results import Load, Results
from animal.bench.sign_in_timing import difference_interval


class Moody(BaseHTTPRequestHandler):
    """Answers with the status that the path names, and hangs up on /0."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        status = int(self.path[1:])
        if not status:
            self.close_connection = True
            return
        self.send_response(status)
        self.send_header("Retry-After", "0")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Moody)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def loop(port: int, *calls: Call) -> Measured:
    return closed_loop(port, calls, clients=4, requests=3, warm_up=1)


def test_every_request_but_those_of_the_warm_up_is_measured(port: int) -> None:
    measured = loop(port, Call("good", "/200"))
    assert (len(measured.milliseconds), measured.unexpected, measured.turned_away) == (12, [], 0)
    assert measured.per_second > 0


def test_an_answer_that_was_not_expected_counts_as_such_and_has_no_time(port: int) -> None:
    measured = loop(
        port, Call("good", "/200"), Call("bad", "/500"), Call("gone", "/0"), Call("wanted", "/401", status=401)
    )
    assert (len(measured.milliseconds), len(measured.unexpected)) == (6, 6)
    assert {sentence.split(":")[0] for sentence in measured.unexpected} == {"bad", "gone"}


def test_only_a_call_that_may_be_turned_away_is(port: int) -> None:
    assert loop(port, Call("busy", "/503", may_be_turned_away=True)).turned_away == 12
    assert len(loop(port, Call("busy", "/503")).unexpected) == 12


def test_others_go_on_for_as_long_as_is_measured(port: int) -> None:
    measured, others = while_others(port, [Call("others", "/200")] * 2, lambda: loop(port, Call("good", "/200")))
    assert len(measured.milliseconds) == 12
    assert others.milliseconds


def test_a_load_above_its_bar_is_missed_and_a_figure_that_is_no_number_too() -> None:
    results = Results("api", "test")
    for p95 in (9.9, 10.1, float("nan")):
        results.loads.append(Load("poll", 1, 1.0, 1.0, p95, 1.0, bar=10))
    assert [load.verdict for load in results.loads] == ["holds", "MISSED", "MISSED"]
    assert len(results.missed) == 2


def test_the_interval_of_two_medians_holds_their_difference() -> None:
    dice = np.random.default_rng(1)
    low, high = difference_interval(dice.normal(20, 3, 200), dice.normal(10, 3, 200))
    assert 8 < low < 10 < high < 12
    same = dice.normal(10, 3, 200)
    low, high = difference_interval(same, same)
    assert -1.5 < low < 0 < high < 1.5
