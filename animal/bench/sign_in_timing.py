"""Whether the time of an answer tells that an address has an account.

Each door is tried with addresses that have one and with addresses that have none, in random order, by one client,
against web and worker as production runs them. Every address is used once per door. Google's door is not among them:
it opens only to a token that Google signed for the very address.
"""

from __future__ import annotations

import itertools
import json
import random
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress

from animal.bench.api import UNTHROTTLED
from animal.bench.load import Call, Client, Measured
from animal.bench.population import Size
from animal.bench.results import Results
from animal.bench.service import LocalService, local_service

DIFFERENCE_BAR_MS = 5.0
WARM_UP = 5
RESAMPLES = 2000
GUESS = "not the Passw0rd of anybody"


def _sign_in(address: str) -> Call:
    return Call("sign-in", "/api/auth/login/", "POST", {"email": address, "password": GUESS}, status=401)


def _token(address: str) -> Call:
    return Call("token", "/api/token/", "POST", {"username": address, "password": GUESS}, status=401)


def _sign_up(address: str) -> Call:
    # A new name each time: which names are taken is no secret, since everybody sees them.
    name = f"Somebody {address.partition('@')[0]}"
    fields = {"username": name, "email": address, "password": GUESS, "confirm_password": GUESS}
    return Call("sign-up", "/api/auth/signup/", "POST", fields, status=201)


def _forgotten(address: str) -> Call:
    return Call("forgot password", "/api/auth/forgot-password/", "POST", {"email": address})


def _magic_link(address: str) -> Call:
    return Call("sign-in link", "/api/auth/magic/request/", "POST", {"email": address})


def _resend(address: str) -> Call:
    return Call("confirm address again", "/api/auth/resend-verification/", "POST", {"email": address})


# Sign-up comes last: what it makes known would be known to the others.
DOORS: tuple[Callable[[str], Call], ...] = (_sign_in, _token, _forgotten, _magic_link, _resend, _sign_up)


def bench_sign_in_timing(*, tries: int, progress: Console) -> Results:
    """`tries` with known and as many with unknown addresses, at each door."""
    with (
        tempfile.TemporaryDirectory(prefix="pawgle-bench-") as scratch,
        local_service(Path(scratch), **UNTHROTTLED, WEB_CONCURRENCY="1") as service,
    ):
        size = Size(people=tries + WARM_UP, pets=20, reports=20, my_conversations=2, my_reports=5)
        known = json.loads(service.manage("bench_populate", *size.as_arguments()))["emails"]
        service.start_web()
        service.start_worker()
        return _measure(service, known, progress)


def _measure(service: LocalService, known: list[str], progress: Console) -> Results:
    tries = len(known) - WARM_UP
    results = Results("sign_in_timing", f"{tries} known and {tries} unknown addresses at each door, in random order")
    client, unexpected = Client(service.port), []
    with Progress(console=progress) as bar:
        for door in bar.track(DOORS, description="doors"):
            unknown = [f"nobody.{number}@{_domain(door)}.example" for number in range(len(known))]
            for address in (*known[:WARM_UP], *unknown[:WARM_UP]):
                client.timed(door(address), Measured())
            sides = _tried(service, client, door, known[WARM_UP:], unknown[WARM_UP:])
            unexpected += sides[0].measured.unexpected + sides[1].measured.unexpected
            if not unexpected:
                _add(results, door("").name, *sides)
    client.close()
    results.add("unexpected answers", len(unexpected), "", bar=0, note="; ".join(unexpected[:2])[:200])
    return results


def _domain(door: Callable[[str], Call]) -> str:
    """A domain of the door's own, so that no door is tried with what another one left behind."""
    return door("").name.replace(" ", "-")


@dataclass
class Side:
    """What was seen with the known addresses, or with the unknown ones. `cpu_seconds` are the web process's own."""

    measured: Measured = field(default_factory=Measured)
    cpu_seconds: float = 0.0

    @property
    def milliseconds(self) -> NDArray[np.float64]:
        return np.asarray(self.measured.milliseconds)


def _tried(
    service: LocalService, client: Client, door: Callable[[str], Call], known: list[str], unknown: list[str]
) -> tuple[Side, Side]:
    sides = Side(), Side()
    dice = random.Random(door("").name)
    # A known and an unknown address in turn, either of them first: what slows the machine down slows both alike.
    pairs = [dice.sample([(0, one), (1, other)], 2) for one, other in zip(known, unknown, strict=True)]
    for number, address in itertools.chain.from_iterable(pairs):
        before = service.cpu_seconds(service.web)
        client.timed(door(address), sides[number].measured)
        sides[number].cpu_seconds += service.cpu_seconds(service.web) - before
    return sides


def _add(results: Results, door: str, known: Side, unknown: Side) -> None:
    low, high = difference_interval(known.milliseconds, unknown.milliseconds)
    medians = [float(np.median(side.milliseconds)) for side in (known, unknown)]
    results.add(f"{door}: known address, median", medians[0], "ms")
    results.add(f"{door}: unknown address, median", medians[1], "ms")
    note = f"known - unknown lies in {low:+.1f} .. {high:+.1f} (95 %)"
    results.add(f"{door}: difference", abs(medians[0] - medians[1]), "ms", bar=DIFFERENCE_BAR_MS, note=note)
    cpu = (known.cpu_seconds - unknown.cpu_seconds) * 1000 / len(known.milliseconds)
    results.add(f"{door}: difference of processor time, mean", cpu, "ms", note="hardly depends on other programs")


def difference_interval(known: NDArray[np.float64], unknown: NDArray[np.float64]) -> tuple[float, float]:
    """95 % interval of the difference of the medians, by bootstrap percentiles (Efron, 1979)."""
    dice = np.random.default_rng(3)
    medians = [np.median(dice.choice(side, (RESAMPLES, len(side))), axis=1) for side in (known, unknown)]
    low, high = np.percentile(medians[0] - medians[1], (2.5, 97.5))
    return float(low), float(high)
