"""Background work of recognition."""

from __future__ import annotations

from django.conf import settings

from animal.core.tasks import DependencyDown, background_task
from animal.recognition.errors import IndexUnavailable
from animal.recognition.index.qdrant_connection import default_connection
from animal.recognition.index.qdrant_sync import sync_object


@background_task()
def index_sync_entry(target: str) -> None:
    """Tell Qdrant what the database says of one object; `target` is its kind and id, such as `pet:12`."""
    if not settings.QDRANT_CLUSTER_ENDPOINT:
        return  # Qdrant was switched off after this was queued.
    kind, _, object_id = target.partition(":")
    try:
        sync_object(default_connection(), kind, int(object_id))
    except IndexUnavailable as error:
        raise DependencyDown(str(error)) from error
