"""What every photo should have by now, and some has not: readings, and the smaller sizes of its file.

Queued work is not lost, so this finds little: rows that were brought in past the services, files of a disk that was
restored in part.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.files.storage import default_storage
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from animal.core.models import BackgroundTask
from animal.core.tasks import task_enqueue
from animal.images.files import contents_write, derivatives
from animal.images.models import Image
from animal.images.selectors import open_master
from animal.pets.models import FeatureStatus, PetPhoto
from animal.pets.selectors import pets_live
from animal.pets.tasks import extract_pet_features
from animal.recognition.models import PhotoEmbedding
from animal.reports.models import Report
from animal.reports.tasks import extract_location_features

BATCH = 500
STEP_SECONDS = 8.0
# Older ones were looked at while they were new. `process_missing_assets --all` looks at every picture.
LATELY = timedelta(hours=24)
SMALLER = ("rendition", "thumbnail")
OPEN = (BackgroundTask.State.PENDING, BackgroundTask.State.PROCESSING)


@dataclass
class Found:
    """`queued` readings, `derived` files; `lost` pictures have no master any more; `more`: stopped for lack of time."""

    queued: int = 0
    derived: int = 0
    lost: int = 0
    more: bool = False


def missing_assets_process(*, everything: bool = False, seconds: float = STEP_SECONDS) -> Found:
    """Ask for readings that nobody has asked for, and derive smaller sizes that are not there."""
    deadline, found = time.monotonic() + seconds, Found()
    for rows, task in _unread():
        found.queued += _queue(rows, task)
    images = Image.objects.all() if everything else Image.objects.filter(created_at__gte=timezone.now() - LATELY)
    for image in images.order_by("created_at").iterator(chunk_size=100):
        if time.monotonic() > deadline:
            found.more = True
            break
        _derive(image, found)
    return found


def _unread() -> Iterator[tuple[QuerySet, Any]]:
    """Rows whose photos are to be read, with the task that does it; of whom no such task is under way."""
    waiting = Q(feature_status__in=[FeatureStatus.PENDING, FeatureStatus.PROCESSING])
    readings = PhotoEmbedding.objects.filter(image=OuterRef("image"))
    unread_photo = Exists(PetPhoto.objects.filter(~Exists(readings), pet=OuterRef("pk")))
    yield pets_live().filter(waiting), extract_pet_features
    yield Report.objects.filter(waiting).exclude(image=None), extract_location_features
    # A damaged photo never gets a reading. Its task, of which a trace stays for a week, keeps us from asking daily.
    done = Q(feature_status=FeatureStatus.COMPLETED)
    yield _without_trace(pets_live().filter(done, unread_photo), extract_pet_features), extract_pet_features
    unread = Report.objects.filter(done, ~Exists(readings)).exclude(image=None)
    yield _without_trace(unread, extract_location_features), extract_location_features


def _without_trace(rows: QuerySet, task: Any) -> QuerySet:
    keys = list(rows.values_list("pk", flat=True)[:BATCH])
    known = BackgroundTask.objects.filter(name=task.task_name, target__in=[str(key) for key in keys])
    return rows.filter(pk__in=set(keys) - {int(target) for target in known.values_list("target", flat=True)})


def _queue(rows: QuerySet, task: Any) -> int:
    keys = list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH])
    open_tasks = BackgroundTask.objects.filter(
        name=task.task_name, target__in=[str(key) for key in keys], state__in=OPEN
    )
    asked = {int(target) for target in open_tasks.values_list("target", flat=True)}
    for key in set(keys) - asked:
        task_enqueue(task, key)
    return len(set(keys) - asked)


def _derive(image: Image, found: Found) -> None:
    missing = [size for size in SMALLER if not default_storage.exists(str(getattr(image, size)))]
    if not missing:
        return
    try:
        made = derivatives(open_master(image))
    except (OSError, ValueError, SyntaxError):
        found.lost += 1
        return
    contents_write({str(getattr(image, size)): made[size] for size in missing})
    found.derived += len(missing)
