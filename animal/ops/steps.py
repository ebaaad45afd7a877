"""The steps before a service starts, each a process of its own, with its time on one line."""

from __future__ import annotations

import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO

from animal.ops.lifeline import bound_to_me
from animal.ops.supervisor import say

# What `migrate` warns of, of what lies outside of the settings. What it warns of in them the web process says too.
_OUTSIDE = re.compile(r"\(pawgle\.W1\d\d\) (.+)")


class StepFailed(Exception):
    """Carries what the step printed and a sentence that names it."""


@dataclass(frozen=True)
class Step:
    label: str
    command: Sequence[str]
    after: frozenset[str] = frozenset()


@dataclass
class _Running:
    step: Step
    process: subprocess.Popen[bytes]
    output: IO[bytes]
    started: float


def run_steps(steps: Sequence[Step], environment: Mapping[str, str]) -> None:
    """Run every step as soon as those it comes after are done, several at a time. Raises StepFailed."""
    waiting, running, done = list(steps), list[_Running](), set[str]()
    try:
        while waiting or running:
            for step in [step for step in waiting if step.after <= done]:
                waiting.remove(step)
                running.append(_start(step, environment))
            for item in [item for item in running if item.process.poll() is not None]:
                running.remove(item)
                _report(item)
                done.add(item.step.label)
            time.sleep(0.05)
    finally:
        for item in running:
            item.process.terminate()
            item.process.wait()


def _start(step: Step, environment: Mapping[str, str]) -> _Running:
    output = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the step's report
    process = subprocess.Popen(  # noqa: S603 - our own commands
        list(step.command),
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        preexec_fn=bound_to_me(signal.SIGTERM),
    )
    return _Running(step, process, output, time.monotonic())


def _report(item: _Running) -> None:
    seconds = time.monotonic() - item.started
    item.output.seek(0)
    said = item.output.read().decode(errors="replace").strip()
    item.output.close()
    if item.process.returncode:
        raise StepFailed(f"{said}\nThe step '{item.step.label}' failed after {seconds:.1f} s; what it said is above.")
    say(f"  {item.step.label:<20} {seconds:5.1f} s")
    for warning in _OUTSIDE.findall(said):
        say(f"PawGle: {warning}")
