"""Background work on pets: looking at their photos, and forgetting deleted ones."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence

import numpy as np
from django.db import transaction
from django_q.tasks import async_task
from numpy.typing import NDArray

from animal.alerts.models import Notification
from animal.alerts.services import notification_create
from animal.core.faults import checkpoint
from animal.core.tasks import Permanent, background_task, task_enqueue
from animal.images.models import Image
from animal.pets.features import PetFeatures, classification_text, features_of, notice_key
from animal.pets.models import FeatureStatus, Pet
from animal.pets.purge import purge_step
from animal.pets.selectors import pets_live
from animal.pets.services import MATCH_TASK, PET, SIDE, gallery_species
from animal.pets.told import ABOUT_PET, GAVE_UP, NO_ANIMAL, NO_PHOTO, RECOGNISABLE
from animal.recognition.models import PhotoEmbedding
from animal.recognition.providers import get_embedder
from animal.recognition.selectors import older_readings
from animal.recognition.services import GalleryPayload, gallery_put, gallery_remove, photo_read

logger = logging.getLogger(__name__)

# A task step stays well under TASK_TIMEOUT_SECONDS; what is left of ten photos on a slow machine is the next step's.
STEP_SECONDS = 8.0


def _on_failed(pet_id: int, reason: str) -> None:
    """`reason` is for staff; the owner gets a sentence."""
    images = pets_live().filter(pk=pet_id).values_list("photos__image_id", flat=True)
    _settle_failed(pet_id, [str(image_id) for image_id in images], GAVE_UP)


@background_task(on_failed=_on_failed)
def extract_pet_features(pet_id: int) -> None:
    """Read every photo of a pet, put its vectors into the gallery, tell the owner, and look for matches.

    Idempotent: a stored reading is not read again, and the owner is told once for each set of photos.
    """
    pet = pets_live().filter(pk=pet_id).first()
    if pet is None:
        return  # Deleted meanwhile. Should it come back, its owner's request queues this again.
    _set_status(pet_id, FeatureStatus.PROCESSING, only_if=FeatureStatus.PENDING)
    try:
        _extract(pet)
    except Exception:
        # Until the task comes back, nobody looks at the photos.
        _set_status(pet_id, FeatureStatus.PENDING, only_if=FeatureStatus.PROCESSING)
        raise


def _extract(pet: Pet) -> None:
    images = [photo.image for photo in pet.photos.select_related("image")]
    image_ids = [str(image.pk) for image in images]
    readings, damaged, unfinished = _read_all(images)
    if unfinished:
        task_enqueue(extract_pet_features, pet.pk)
        return
    checkpoint("embedded")
    features = features_of(readings)
    if features is None:
        why = damaged if damaged and not readings else NO_ANIMAL
        _settle_failed(pet.pk, image_ids, why if images else NO_PHOTO)
        return
    of_older = {version: features_of(rows) for version, rows in older_readings(images, features.version).items()}
    older = {version: known.vectors for version, known in of_older.items() if known is not None}
    _settle_completed(pet.pk, image_ids, features, older)
    checkpoint("indexed")


def _read_all(images: Sequence[Image]) -> tuple[list[PhotoEmbedding], str, bool]:
    """(readings, what is wrong with those that are damaged, whether photos are left for another step)."""
    stored = set(
        PhotoEmbedding.objects.filter(image__in=images, version=get_embedder().version).values_list(
            "image_id", flat=True
        )
    )
    readings: list[PhotoEmbedding] = []
    damaged, fresh, started = "", 0, time.monotonic()
    for image in images:
        if image.pk not in stored:
            if fresh and time.monotonic() - started > STEP_SECONDS:
                return readings, damaged, True
            fresh += 1
        try:
            readings.append(photo_read(image))
        except Permanent as error:
            damaged = str(error)  # The other photos may do.
    return readings, damaged, False


def pets_purge() -> int:
    """Daily: remove pets deleted more than 24 hours ago, and pictures that nothing shows any more."""
    removed, more = purge_step()
    if more:
        async_task(pets_purge, task_name="pets-purge")
    return removed


def _set_status(pet_id: int, status: FeatureStatus, *, only_if: FeatureStatus) -> None:
    pets_live().filter(pk=pet_id, feature_status=only_if).update(feature_status=status)


def _current(pet_id: int, image_ids: Sequence[str]) -> Pet | None:
    """The pet, locked, unless it is gone or shows other photos by now: those have a request of their own."""
    pet = Pet.objects.select_for_update().filter(pk=pet_id, deleted_at=None).first()
    if pet is None:
        return None
    now = {str(image_id) for image_id in pet.photos.values_list("image_id", flat=True)}
    return pet if now == set(image_ids) else None


@transaction.atomic
def _settle_completed(
    pet_id: int, image_ids: Sequence[str], features: PetFeatures, older: Mapping[str, Sequence[NDArray[np.float32]]]
) -> None:
    pet = _current(pet_id, image_ids)
    if pet is None:
        return
    pet.suggested_species, pet.suggested_breeds = features.species, features.breeds
    pet.feature_status, pet.feature_error = FeatureStatus.COMPLETED, ""
    pet.additional_info = {
        **(pet.additional_info if isinstance(pet.additional_info, dict) else {}),
        "ai_classification": classification_text(features),
        "embedding_image_count": features.photo_count,
    }
    pet.save()
    species, detected = gallery_species(pet)
    payload = GalleryPayload(
        side=SIDE.LOST if pet.is_lost else SIDE.HOME,
        species=species,
        species_detected=detected,
        owner_id=pet.owner_id,
        is_public=pet.is_public,
        is_test=pet.is_test,
        latitude=pet.place_latitude,
        longitude=pet.place_longitude,
        pet_id=pet.pk,
        type=pet.type,
        breed=pet.breed,
        category=pet.category,
    )
    if pet.owner.is_proven:  # Otherwise publication.pets_publish asks for this again.
        gallery_put(
            kind=PET,
            object_id=pet_id,
            vectors=features.vectors,
            version=features.version,
            payload=payload,
            older=older,
        )
    _tell_owner(
        pet,
        image_ids,
        verb=Notification.Verb.FEATURES_COMPLETE,
        said=RECOGNISABLE % {"name": pet.name},
    )
    task_enqueue(MATCH_TASK, pet_id)


@transaction.atomic
def _settle_failed(pet_id: int, image_ids: Sequence[str], why: str) -> None:
    pet = _current(pet_id, image_ids)
    if pet is None:
        return
    pet.feature_status, pet.feature_error = FeatureStatus.FAILED, why
    pet.save(update_fields=["feature_status", "feature_error"])
    gallery_remove(kind=PET, object_id=pet_id)
    if not image_ids:
        return  # Imported without a photo: nothing happened.
    said = ABOUT_PET % {"name": pet.name, "why_sentence": why}
    _tell_owner(pet, image_ids, verb=Notification.Verb.FEATURES_FAILED, said=said)


def _tell_owner(pet: Pet, image_ids: Sequence[str], *, verb: str, said: str) -> None:
    notification_create(
        recipient_id=pet.owner_id,
        verb=verb,
        description=said,
        dedupe_key=notice_key(verb, pet.pk, image_ids),
        target_id=pet.pk,
        target_name=pet.name,
        link="/user",
    )
