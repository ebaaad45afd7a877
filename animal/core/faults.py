"""Checkpoints at which a drill kills the process, to prove that nothing accepted is lost.

`checkpoint("embedded")` does nothing unless FAULT_KILL_AT names it, which only a DEBUG start can.
"""

from __future__ import annotations

import os
import signal

from django.conf import settings


def checkpoint(name: str) -> None:
    """Kill this process's whole group, as `kill -9` would, when the drill asked for exactly this point."""
    if name == settings.FAULT_KILL_AT:
        os.killpg(os.getpgrp(), signal.SIGKILL)
