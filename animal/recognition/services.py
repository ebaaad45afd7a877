"""Writes of recognition: the reading of a photo, and the gallery of vectors that searches look through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.db import connection, models, transaction
from numpy.typing import NDArray
from PIL import Image as PillowImage

from animal.core.faults import checkpoint
from animal.core.models import BackgroundTask
from animal.core.sentences import sentence
from animal.core.tasks import DependencyDown, Permanent, task_enqueue
from animal.images.models import Image
from animal.images.selectors import is_store_there, master_content, master_decoded
from animal.images.services import image_hints_set
from animal.recognition.embedder import PhotoReading
from animal.recognition.errors import ModelUnavailable
from animal.recognition.models import ChangeCounter, GalleryEntry, PhotoEmbedding, new_epoch
from animal.recognition.photo_hints import reading_hints
from animal.recognition.providers import get_embedder
from animal.recognition.reading import photo_reading
from animal.recognition.vectors import to_bytes

GALLERY = "gallery"
# A sweep makes every process load the gallery afresh, which fewer are not worth; and is over within a second.
MIN_TOMBSTONES = 1000
SWEPT_AT_ONCE = 5000
MISSING = sentence("The stored photo is missing. Please add the photo again.")
DAMAGED = sentence("The stored photo is damaged. Please add the photo again.")
INDEX_TASK = "animal.recognition.tasks.index_sync_entry"


@dataclass(frozen=True, kw_only=True)
class GalleryPayload:
    """What a search may filter by, and what else Qdrant is told. The point is the blurred one; None where the place is
    not known.
    """

    side: str
    species: str
    owner_id: int
    is_public: bool
    is_test: bool
    latitude: float | None = None
    longitude: float | None = None
    species_detected: bool = False
    pet_id: int | None = None
    type: str = ""
    breed: str = ""
    category: str = ""


def photo_read(image: Image) -> PhotoEmbedding:
    """What the current model reads from a picture: the stored reading, else a fresh one, stored.

    Takes up to a second: call it outside any transaction.
    Raises DependencyDown when the model or the picture store does not work now, Permanent for a damaged picture.
    """
    embedder = get_embedder()
    stored = PhotoEmbedding.objects.filter(image=image, version=embedder.version).first()
    if stored is not None:
        return stored
    picture = _master_of(image)
    try:
        reading = photo_reading(embedder, picture)
    except ModelUnavailable as error:
        raise DependencyDown(str(error)) from error
    checkpoint("read")
    image_hints_set(image=image, hints=reading_hints(reading, picture))
    # Two workers may have read the same picture at once: the first row stays, both say the same.
    row, _ = PhotoEmbedding.objects.get_or_create(
        image=image, version=embedder.version, defaults={"model": embedder.name, **_columns(reading)}
    )
    return row


def _master_of(image: Image) -> PillowImage.Image:
    # Pillow reports damage by OSErrors like those of a failing disk, so the bytes are read before any are decoded.
    try:
        content = _stored_content(image)
    except Exception as error:  # A disk's OSError or one of an S3 client's, which have no common base class.
        raise DependencyDown(f"The picture store does not answer: {type(error).__name__}: {error}") from error
    if content is None:
        raise Permanent(MISSING)
    try:
        return master_decoded(content)
    except (PillowImage.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
        raise Permanent(DAMAGED) from error


def _stored_content(image: Image) -> bytes | None:
    """None when the file is gone from a store that is there. Raises any error of the storage."""
    try:
        return master_content(image)
    except FileNotFoundError:
        if is_store_there(image):
            return None
        raise


def _columns(reading: PhotoReading) -> dict[str, Any]:
    return {
        "vector": b"" if reading.vector is None else to_bytes(reading.vector),
        "species": reading.species,
        "species_score": reading.species_score,
        "box": None if reading.box is None else [float(edge) for edge in reading.box],
        "breeds": [{"label": breed.label, "score": breed.score} for breed in reading.breeds],
    }


@transaction.atomic
def gallery_put(
    *,
    kind: str,
    object_id: int,
    vectors: Sequence[NDArray],
    version: str,
    payload: GalleryPayload,
    older: Mapping[str, Sequence[NDArray]] | None = None,
) -> None:
    """Make these the vectors of a pet or a report: slot 0 the mean, the others its photos.

    `older` are the same photos as earlier versions of the model read them; they serve while a pass over the gallery
    lasts (see `reembedding`). Surplus slots of an earlier call become tombstones. Without vectors the object leaves the
    gallery.
    """
    if not vectors:
        gallery_remove(kind=kind, object_id=object_id)
        return
    stored = [(to_bytes(vector), version) for vector in vectors]
    stored += [(to_bytes(vector), name) for name, rows in (older or {}).items() for vector in rows]
    change = _next_change()
    rows = {row.slot: row for row in _locked_rows(kind, object_id).only("pk", "slot")}
    fresh = [GalleryEntry(kind=kind, object_id=object_id, slot=slot) for slot in range(len(stored)) if slot not in rows]
    written = [row for slot, row in rows.items() if slot < len(stored)]
    for row in (*fresh, *written):
        (row.vector, row.version), row.change, row.is_live = stored[row.slot], change, True
        for field, value in asdict(payload).items():
            setattr(row, field, value)
    GalleryEntry.objects.bulk_create(fresh)
    GalleryEntry.objects.bulk_update(written, ["vector", "version", "change", "is_live", *asdict(payload)])
    _bury(_locked_rows(kind, object_id).filter(slot__gte=len(stored), is_live=True), change)
    _keep_copies_in_step(kind, object_id)


@transaction.atomic
def gallery_update(*, kind: str, object_id: int, **payload_fields: Any) -> bool:
    """Change fields of GalleryPayload on every vector of an object; False when it is not in the gallery."""
    unknown = payload_fields.keys() - GalleryPayload.__dataclass_fields__.keys()
    if unknown:
        raise TypeError(f"not fields of GalleryPayload: {', '.join(sorted(unknown))}")
    if not payload_fields or not _is_live(kind, object_id):
        return False
    change = _next_change()
    _locked_rows(kind, object_id).filter(is_live=True).update(**payload_fields, change=change)
    _keep_copies_in_step(kind, object_id)
    return True


@transaction.atomic
def gallery_update_reports_of(*, pet_id: int, **payload_fields: Any) -> None:
    """Change fields of GalleryPayload on the vectors of every report about a pet."""
    reports = GalleryEntry.objects.filter(pet_id=pet_id, kind=GalleryEntry.Kind.REPORT, is_live=True)
    for object_id in sorted(set(reports.values_list("object_id", flat=True))):
        gallery_update(kind=GalleryEntry.Kind.REPORT, object_id=object_id, **payload_fields)


@transaction.atomic
def gallery_remove(*, kind: str, object_id: int) -> bool:
    """Take an object out of every search; False when it was in none."""
    if not _is_live(kind, object_id):
        return False
    change = _next_change()
    _bury(_locked_rows(kind, object_id).filter(is_live=True), change)
    _keep_copies_in_step(kind, object_id)
    return True


@transaction.atomic
def gallery_retire(*, keep_version: str, limit: int) -> int:
    """Take the vectors of other versions out of the gallery, of up to `limit` objects; of how many it was done."""
    old = GalleryEntry.objects.filter(slot__gt=0, is_live=True).exclude(version=keep_version)
    objects = list(old.order_by().values_list("kind", "object_id").distinct()[:limit])
    if not objects:
        return 0
    change = _next_change()
    for kind, object_id in objects:
        _bury(_locked_rows(kind, object_id).filter(is_live=True).exclude(version=keep_version), change)
        _keep_copies_in_step(kind, object_id)
    return len(objects)


@transaction.atomic
def gallery_sweep() -> int:
    """Delete tombstones once they are many, some thousands at a time; how many went.

    Whoever follows the changes would not learn of what is not there any more, so the sequence begins a new epoch in the
    same transaction, at which every reader loads the gallery afresh. Qdrant is told of the removals first.
    """
    dead = GalleryEntry.objects.filter(is_live=False).order_by("pk")
    untold = BackgroundTask.objects.filter(name=INDEX_TASK).exclude(state=BackgroundTask.State.DONE)
    if dead[: MIN_TOMBSTONES + 1].count() <= MIN_TOMBSTONES or untold.exists():
        return 0
    _next_change()  # Locks the sequence: nobody writes an entry until this is committed.
    last = list(dead.values_list("pk", flat=True)[:SWEPT_AT_ONCE])[-1]
    swept, _ = GalleryEntry.objects.filter(is_live=False, pk__lte=last).delete()
    ChangeCounter.objects.filter(name=GALLERY).update(epoch=new_epoch())
    return swept


def _is_live(kind: str, object_id: int) -> bool:
    return GalleryEntry.objects.filter(kind=kind, object_id=object_id, is_live=True).exists()


def _locked_rows(kind: str, object_id: int) -> models.QuerySet[GalleryEntry]:
    """Locking reads see what other transactions committed, whatever the isolation level."""
    return GalleryEntry.objects.select_for_update().filter(kind=kind, object_id=object_id)


def _bury(rows: models.QuerySet[GalleryEntry], change: int) -> None:
    """Tombstones tell every copy of the gallery to forget; they themselves know nothing of vector or place."""
    rows.update(is_live=False, vector=b"", latitude=None, longitude=None, type="", breed="", category="", change=change)


def _next_change() -> int:
    """Raise the change counter, for rows that are to carry the number.

    The counter stays locked until the caller's transaction ends, so numbers become visible in their order. Writers
    lock it before any entry, so that two of them never wait for each other.
    """
    counter = ChangeCounter.objects.filter(name=GALLERY)
    if not counter.update(value=models.F("value") + 1):
        _create_counter()
        counter.update(value=models.F("value") + 1)
    return counter.values_list("value", flat=True).get()


def _create_counter() -> None:
    """First writers may meet here. An upsert waits for the others with the lock that the update then needs; after
    get_or_create MariaDB leaves each with a shared lock, and their updates wait for each other."""
    unique_fields = ["name"] if connection.features.supports_update_conflicts_with_target else None
    ChangeCounter.objects.bulk_create(
        [ChangeCounter(name=GALLERY)], update_conflicts=True, update_fields=["name"], unique_fields=unique_fields
    )


def _keep_copies_in_step(kind: str, object_id: int) -> None:
    if settings.QDRANT_CLUSTER_ENDPOINT:
        task_enqueue(INDEX_TASK, f"{kind}:{object_id}")
