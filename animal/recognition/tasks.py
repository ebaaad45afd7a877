"""Background work of recognition."""

from __future__ import annotations

import time

from django.conf import settings
from django.utils import timezone

from animal.core.tasks import DependencyDown, background_task, task_enqueue
from animal.recognition.errors import CollectionMissing, IndexUnavailable
from animal.recognition.index.qdrant_connection import default_connection
from animal.recognition.index.qdrant_fill import fill_request, fill_restart, fill_settle
from animal.recognition.index.qdrant_sync import UPLOAD_POINTS, sync_object, upload

# A new report waits for a worker no longer than this.
FILL_SECONDS = 2.0


@background_task()
def index_sync_entry(target: str) -> None:
    """Tell Qdrant what the database says of one object; `target` is its kind and id, such as `pet:12`."""
    if not settings.QDRANT_CLUSTER_ENDPOINT:
        return  # Qdrant was switched off after this was queued.
    kind, _, object_id = target.partition(":")
    try:
        sync_object(default_connection(), kind, int(object_id))
    except CollectionMissing:
        fill_request(kind)  # With this object among all others.
    except IndexUnavailable as error:
        raise DependencyDown(str(error)) from error


@background_task()
def index_fill(target: str) -> None:
    """Write the vectors of a kind to Qdrant, for a while, and ask for the rest; `target` is the kind and the primary
    key of the last entry that was written, such as `pet:0`.

    A collection that is gone half-way lacks what was written before as well: then it begins anew.
    """
    if not settings.QDRANT_CLUSTER_ENDPOINT:
        return
    kind, _, after = target.partition(":")
    started = time.monotonic()
    try:
        for done in upload(default_connection(), kind, UPLOAD_POINTS, after=int(after)):
            if time.monotonic() - started > FILL_SECONDS:
                task_enqueue(index_fill, f"{kind}:{done.last_pk}")
                return
    except CollectionMissing:
        fill_restart(kind)
    except IndexUnavailable as error:
        raise DependencyDown(str(error)) from error
    else:
        fill_settle(kind, failed_by=timezone.now())
