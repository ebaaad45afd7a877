"""Checkpoints at which a drill kills the process, to prove that nothing accepted is lost.

`checkpoint("embedded")` does nothing unless FAULT_KILL_AT names it, which only a DEBUG start can: "embedded" at the
first passing, "embedded:3" at a process's third.
"""

from __future__ import annotations

import os
import signal
from collections import Counter

from django.conf import settings

_passings: Counter[str] = Counter()


def checkpoint(name: str) -> None:
    """Kill this process's whole group, as `kill -9` would, when the drill asked for exactly this point."""
    wanted, _, passing = settings.FAULT_KILL_AT.partition(":")
    if name != wanted:
        return
    _passings[name] += 1
    if _passings[name] == int(passing or 1):
        os.killpg(os.getpgrp(), signal.SIGKILL)
