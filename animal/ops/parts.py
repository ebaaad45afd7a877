"""The parts that the service is made of, and how to see whether one works. Each check raises when it does not.

Those of `OUTSIDE` ask something outside of this process and may hang, so they run in threads and touch no connection of
the request's. Those of `IN_THE_DATABASE` follow once the database has answered.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.core.cache import caches
from django.core.files.storage import FileSystemStorage, storages
from django.db import connection
from django.utils import timezone

from animal.core.bucket_trouble import bucket_trouble
from animal.core.models import BackgroundTask
from animal.ops.bounded import Broken, Details, Unwell
from animal.ops.database import database_answers, migrations_applied
from animal.ops.gauges import OPEN, queue_now
from animal.ops.heartbeat import SILENT_SECONDS, heartbeat_totals
from animal.recognition.bundled import model_files
from animal.recognition.errors import ModelUnavailable
from animal.recognition.index.qdrant_connection import collection_of
from animal.recognition.models import GalleryEntry
from animal.recognition.providers import get_embedder
from animal.recognition.reading import breaker_state
from animal.recognition.services import INDEX_TASK

LATE_SECONDS = 300
PROBE_SECONDS = 2.0
FULL_BYTES = 200 * 1024 * 1024


def database() -> Details:
    try:
        database_answers()
    finally:
        connection.close()  # This thread's own.
    return {"engine": connection.vendor}


def cache() -> Details:
    caches["default"].look()  # type: ignore[attr-defined] # animal.core.caches: Redis itself, not its stand-in.
    return {"shared": bool(settings.REDIS_URL)}


def storage() -> Details:
    if not isinstance(storages["default"], FileSystemStorage):
        for alias in ("default", "private"):
            if trouble := bucket_trouble(alias):
                raise Broken(trouble, kind="s3")
        return {"kind": "s3"}
    folder = Path(settings.MEDIA_ROOT)
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if free < FULL_BYTES:
        raise Unwell("The disk of the pictures is almost full.")
    return {"kind": "folder", "free_mb": free // 1024**2}


def qdrant() -> Details:
    """How many vectors it holds, asked over plain HTTP: its client would cost a web process 60 MB."""
    import httpx

    headers = {"api-key": settings.QDRANT_API_KEY} if settings.QDRANT_API_KEY else {}
    held = 0
    with httpx.Client(base_url=settings.QDRANT_CLUSTER_ENDPOINT, headers=headers, timeout=PROBE_SECONDS) as http:
        for kind in GalleryEntry.Kind.values:
            answer = http.post(f"/collections/{collection_of(kind)}/points/count", json={"exact": True})
            if answer.status_code != 404:  # No collection yet.
                held += int(answer.raise_for_status().json()["result"]["count"])
    return {"engine": "qdrant", "held": held}


def in_memory() -> Details:
    return {"engine": "memory"}


def embedding() -> Details:
    embedder = get_embedder()
    state = breaker_state(embedder)
    said = {"provider": embedder.name, "model": embedder.version, "breaker": state}
    if settings.EMBEDDING_PROVIDER == "space":
        _space_answers()
        if state == "open":
            raise Unwell("The Space failed several times in a row; it is tried again soon.", **said)
    if settings.EMBEDDING_PROVIDER == "onnx":
        try:
            model_files(Path(settings.MODEL_DIR))
        except ModelUnavailable as error:
            raise Unwell(str(error), **said) from error
    return said


def _space_answers() -> None:
    import httpx

    from animal.recognition.space import address_of

    token = settings.HUGGINGFACE_API_TOKEN
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    address = f"{address_of(settings.HUGGINGFACE_SPACE).rstrip('/')}/config"
    httpx.get(address, headers=headers, timeout=PROBE_SECONDS, follow_redirects=True).raise_for_status()


def migrations() -> Details:
    if not migrations_applied():
        raise RuntimeError("The database is not migrated to this release.")
    return {}


def worker() -> Details:
    totals = heartbeat_totals()
    if not totals["workers"]:
        raise Unwell(f"No worker has given a sign of life for {SILENT_SECONDS:g} s.", workers=0, active_tasks=0)
    return {"workers": totals["workers"], "active_tasks": totals["busy"]}


def queue() -> Details:
    waiting = queue_now()
    oldest = waiting.oldest_seconds(timezone.now())
    said = {"depth": waiting.due, "oldest_seconds": round(oldest), "failed": waiting.failed}
    if oldest > LATE_SECONDS:
        raise Unwell(f"{waiting.due} tasks wait, the oldest for {said['oldest_seconds']} s.", **said)
    return said


def gallery_vectors() -> int:
    return GalleryEntry.objects.filter(is_live=True).count()


def index_waiting() -> bool:
    """Whether Qdrant is still to be told of changes, and so may hold another number."""
    open_tasks = BackgroundTask.objects.filter(name=INDEX_TASK, state__in=OPEN)
    return open_tasks.exists()


Part = tuple[Callable[[], Details], str]


def outside() -> dict[str, Part]:
    return {
        "database": (database, "The database does not answer."),
        "cache": (cache, "The cache does not answer."),
        "storage": (storage, "The picture store does not answer."),
        "index": (qdrant if settings.QDRANT_CLUSTER_ENDPOINT else in_memory, "Qdrant does not answer."),
        "embedding": (embedding, "The recogniser does not answer."),
    }


IN_THE_DATABASE: dict[str, Part] = {
    "migrations": (migrations, "The database is not migrated to this release."),
    "worker": (worker, "The workers cannot be counted."),
    "queue": (queue, "The queue cannot be read."),
}
# Without these nothing works; without the others something waits, and the rest goes on.
FATAL = frozenset({"database", "migrations", "cache"})
