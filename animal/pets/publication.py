"""Pets of somebody whose address has just been proven can be recognised; those of a closed account no longer."""

from __future__ import annotations

from accounts.models import User
from accounts.publication import BATCH
from animal.core.tasks import task_enqueue
from animal.pets.models import Pet
from animal.pets.services import EXTRACT_TASK, PET
from animal.recognition.services import gallery_remove


def pets_publish(user: User, after: int) -> int | None:
    """Photos that were read before are not read again."""
    last = None
    for pet_id in _ids(user, after):
        task_enqueue(EXTRACT_TASK, pet_id)
        last = pet_id
    return last


def pets_withdraw(user: User, after: int) -> int | None:
    last = None
    for pet_id in _ids(user, after):
        gallery_remove(kind=PET, object_id=pet_id)
        last = pet_id
    return last


def _ids(user: User, after: int) -> list[int]:
    pets = Pet.objects.filter(owner=user, deleted_at=None, pk__gt=after)
    return list(pets.order_by("pk").values_list("pk", flat=True)[:BATCH])
