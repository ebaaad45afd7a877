"""Processes that never outlive the process that started them.

Linux sends a process a signal when its parent dies, if it asked for that (PR_SET_PDEATHSIG, prctl(2)). The setting
survives exec and is cleared by fork, so every child has to ask for itself. Elsewhere these functions do nothing, and
a `kill -9` of a parent can leave its children behind.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1
# Loaded once, before any fork: loading a library in a freshly forked child may deadlock.
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(parent: int, death_signal: signal.Signals) -> None:
    """Ask the kernel to send this process `death_signal` as soon as `parent`, its parent, dies."""
    if _libc is None:
        return
    _libc.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
    if os.getppid() != parent:
        # The parent died between our fork and the call above, so the signal will never come.
        os.kill(os.getpid(), signal.SIGKILL)


def bound_to_me(death_signal: signal.Signals) -> Callable[[], None]:
    """A `preexec_fn` for subprocess.Popen: the new process gets `death_signal` when this one dies."""
    parent = os.getpid()
    return lambda: die_with_parent(parent, death_signal)


def bind_every_fork() -> None:
    """From now on every fork of this process, and every fork of those, is killed when its parent dies.

    SIGKILL, because a child that is stuck must go as well: what it leaves unfinished is taken up by the next worker.
    """
    forking: list[int] = []

    def before() -> None:
        forking[:] = [os.getpid()]

    def in_child() -> None:
        die_with_parent(forking[0], signal.SIGKILL)

    os.register_at_fork(before=before, after_in_child=in_child)
