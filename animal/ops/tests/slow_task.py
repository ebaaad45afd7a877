"""Background work that takes a known time and leaves a trace, for the tests with real worker processes."""

from __future__ import annotations

import time

from django.conf import settings

from animal.core.tasks import background_task


@background_task()
def slow(milliseconds: int) -> None:
    _note(f"started {milliseconds}")
    time.sleep(milliseconds / 1000)
    _note(f"finished {milliseconds}")


@background_task()
def deaf(milliseconds: int) -> None:
    """Stuck beyond the reach of the alarm that ends overlong tasks, as native code can be; only the first time."""
    import signal

    notes = settings.VAR_DIR / "notes.txt"
    first = not notes.exists() or "deaf" not in notes.read_text()
    _note(f"deaf {milliseconds}")
    if first:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
        time.sleep(milliseconds / 1000)
    _note(f"heard {milliseconds}")


def _note(line: str) -> None:
    with (settings.VAR_DIR / "notes.txt").open("a") as notes:
        notes.write(line + "\n")
