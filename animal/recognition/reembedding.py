"""A change of model: every photo in the gallery is read again in the background, while the old vectors go on serving.

What old vectors can do. The new release has no old weights, so a photo that comes in now gets a vector of the new
version only. Old vectors are compared among themselves; each pair is compared in the newest version that both sides
have (`index.versions`). A pair of which one side is new and the other not yet read again cannot be compared by anybody;
it is found when the other side is read, because every reading is followed by matching.

How the pass goes. The row of the model's version carries a cursor: open reports first, the newest before older ones,
then lost pets, then all others. A step takes a few pets or reports, moves the cursor and asks for their extraction in
one transaction, and then does that work itself for up to STEP_SECONDS; so a pass leaves room for new reports, takes up
where it was after a kill, and is done by as many workers as there are. Extraction puts the new vectors in front of the
old ones. When nothing old is left in front, the old vectors and readings are dropped.

Two releases at work at once: the one that began to serve last is in the right. A release that is rolled back to begins
to serve anew and reads again what the other one read alone.
"""

from __future__ import annotations

import time
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from animal.core.models import BackgroundTask
from animal.core.tasks import DependencyDown, background_task, task_enqueue, task_run
from animal.images.models import Image
from animal.recognition.models import GalleryEntry, ModelVersion, PhotoEmbedding
from animal.recognition.providers import get_calibration_values, get_embedder
from animal.recognition.selectors import gallery_outdated
from animal.recognition.services import gallery_retire

# The extraction of each kind; both apps lie above this one.
EXTRACTION: dict[str, str] = {
    GalleryEntry.Kind.REPORT: "animal.reports.tasks.extract_location_features",
    GalleryEntry.Kind.PET: "animal.pets.tasks.extract_pet_features",
}
# Open reports, lost pets, and then whatever is left.
PHASES: tuple[dict[str, str], ...] = (
    {"kind": GalleryEntry.Kind.REPORT},
    {"kind": GalleryEntry.Kind.PET, "side": GalleryEntry.Side.LOST},
    {"kind": GalleryEntry.Kind.PET},
    {"kind": GalleryEntry.Kind.REPORT},
)
# A new report waits for a worker no longer than this; below it the queue's own pace would cost more than the reading.
STEP_SECONDS = 1.5
TAKEN_AT_ONCE = 4
ABOVE_ALL_IDS = 2**62
RETIRED_AT_ONCE = 100
READINGS_DROPPED_AT_ONCE = 500
# What was left over, or came back with old vectors after its turn (a reopened report), gets a pass of its own.
RESTART_AFTER = timedelta(minutes=5)


def reembed_watch(*, at_start: bool = False) -> None:
    """Every minute, and with `at_start` when a worker starts: note which model serves, and start or wake its pass."""
    serving = version_serve(at_start=at_start)
    if serving is None:
        return
    if gallery_outdated().exists():
        pass_start(serving.version)
        for lane in range(settings.Q_WORKERS):
            task_enqueue(reembed_step, lane)
    elif serving.pass_started_at is not None and serving.pass_finished_at is None:
        task_enqueue(reembed_retire, "all")


def version_serve(*, at_start: bool) -> ModelVersion | None:
    """The row of this process's model; None when another release serves, and this one must not undo its work."""
    embedder, now = get_embedder(), timezone.now()
    known = {"model": embedder.name, "calibration": get_calibration_values()}
    own, _ = ModelVersion.objects.get_or_create(version=embedder.version, defaults={**known, "serving_since": now})
    is_serving = not ModelVersion.objects.filter(serving_since__gt=own.serving_since).exists()
    if at_start and not is_serving:
        is_serving, own.serving_since = True, now
        own.save(update_fields=["serving_since"])
    if is_serving and own.calibration != known["calibration"]:
        own.calibration = known["calibration"]  # Fitted anew for the same vectors.
        own.save(update_fields=["calibration"])
    return own if is_serving else None


@transaction.atomic
def pass_start(version: str) -> None:
    """Begin a pass over the gallery unless one is going on, or has only just been begun."""
    row = ModelVersion.objects.select_for_update().get(version=version)
    now = timezone.now()
    if row.pass_started_at is not None:
        goes_on = row.pass_finished_at is None and not _is_through(row)
        if goes_on or row.pass_started_at > now - RESTART_AFTER:
            return
    row.pass_started_at, row.pass_finished_at = now, None
    row.pass_phase, row.pass_cursor, row.pass_total = 0, None, gallery_outdated().count()
    row.save()


def _is_through(row: ModelVersion) -> bool:
    return row.pass_phase >= len(PHASES)


@background_task()
def reembed_step(lane: object) -> None:
    """Read what comes next for a while, then ask for another step. As many lanes work at once as there are workers."""
    if pass_work():
        task_enqueue(reembed_step, lane)
    elif not gallery_outdated().exists():
        task_enqueue(reembed_retire, "all")


def pass_work() -> bool:
    """Read what comes next in the pass for STEP_SECONDS; whether there is more.

    Raises DependencyDown when the model or the picture store does not work.
    """
    serving, started = version_serve(at_start=False), time.monotonic()
    if serving is None:
        return False
    while time.monotonic() - started < STEP_SECONDS:
        taken = _pass_take(serving.version)
        if not taken:
            return False
        for task_id in taken:
            task_run(task_id)
        _raise_if_down(taken)
    return True


@transaction.atomic
def _pass_take(version: str) -> list[int]:
    """Ask for the extraction of the next pets or reports; the ids of their tasks, none when the pass is through."""
    row = ModelVersion.objects.select_for_update().get(version=version)
    keys: list[str] = []
    while not keys and not _is_through(row):
        # Below the cursor the index of (kind, object_id) leads straight to what is left.
        below = row.pass_cursor if row.pass_cursor is not None else ABOVE_ALL_IDS
        entries = gallery_outdated().filter(**PHASES[row.pass_phase], object_id__lt=below).order_by("-object_id")
        found = list(entries.values_list("kind", "object_id")[:TAKEN_AT_ONCE])
        for kind, object_id in found:
            task_enqueue(EXTRACTION[kind], object_id)
            keys.append(f"{EXTRACTION[kind]}:{object_id}")
        row.pass_phase, row.pass_cursor = (row.pass_phase, found[-1][1]) if found else (row.pass_phase + 1, None)
    row.save(update_fields=["pass_phase", "pass_cursor"])
    return list(BackgroundTask.objects.filter(key__in=keys).values_list("pk", flat=True))


def _raise_if_down(task_ids: list[int]) -> None:
    """A part that is down postpones each task without a failure: do not postpone the whole gallery one by one."""
    waiting = BackgroundTask.objects.filter(pk__in=task_ids, state=BackgroundTask.State.PENDING, failures=0)
    reason = waiting.exclude(error="").values_list("error", flat=True).first()
    if reason is not None:
        raise DependencyDown(reason)


@background_task()
def reembed_retire(_: object) -> None:
    """Once nothing old is left in front: drop the old vectors and readings, a batch at a time."""
    if pass_retire():
        task_enqueue(reembed_retire, "all")


def pass_retire() -> bool:
    """Drop one batch of old vectors, or of old readings; whether there is more. Ends the pass when there is not."""
    serving = version_serve(at_start=False)
    if serving is None or gallery_outdated().exists():
        return False
    if gallery_retire(keep_version=serving.version, limit=RETIRED_AT_ONCE) or _readings_drop(serving.version):
        return True
    unfinished = ModelVersion.objects.filter(pk=serving.pk, pass_started_at__isnull=False, pass_finished_at=None)
    unfinished.update(pass_finished_at=timezone.now())
    return False


def _readings_drop(version: str) -> int:
    """Readings of other versions, of pictures that this one has read too; how many were dropped."""
    read = Image.objects.filter(embeddings__version=version)
    old = PhotoEmbedding.objects.exclude(version=version).filter(image__in=read).order_by("pk")
    ids = list(old.values_list("pk", flat=True)[:READINGS_DROPPED_AT_ONCE])
    dropped, _ = PhotoEmbedding.objects.filter(pk__in=ids).delete()
    return dropped
