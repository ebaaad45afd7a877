"""Filling a collection that Qdrant does not have: it was just switched on, set up anew, or somebody dropped it.

Whoever misses the collection asks for this. Until it is done, searches leave Qdrant alone: it knows but a part.
"""

from __future__ import annotations

from animal.core.models import BackgroundTask
from animal.core.tasks import task_enqueue

FILL_TASK = "animal.recognition.tasks.index_fill"
UNFINISHED = (BackgroundTask.State.PENDING, BackgroundTask.State.PROCESSING, BackgroundTask.State.FAILED)


def fill_request(kind: str) -> None:
    """Have the collection of a kind made and filled in the background, unless that is going on."""
    if not is_filling(kind):
        task_enqueue(FILL_TASK, f"{kind}:0")


def is_filling(kind: str) -> bool:
    unfinished = BackgroundTask.objects.filter(name=FILL_TASK, state__in=UNFINISHED)
    return unfinished.filter(target__startswith=f"{kind}:").exists()
