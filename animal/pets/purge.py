"""Forgetting for good: pets deleted a day ago, and pictures that nothing shows."""

from __future__ import annotations

import time
from datetime import timedelta

from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone

from animal.images.selectors import images_unused
from animal.images.services import image_discard
from animal.pets.models import Pet
from animal.pets.services import RESURRECTION_WINDOW

BATCH = 100
STEP_SECONDS = 8.0
# Uploads of a request that is still under way belong to nothing yet.
UNUSED_FOR = timedelta(hours=24)


def purge_step() -> tuple[int, bool]:
    """Remove what is due for a few seconds; returns how many rows went, and whether there may be more."""
    started, removed = time.monotonic(), 0
    for step in (_purge_pets, _purge_images):
        while done := step():
            removed += done
            if time.monotonic() - started > STEP_SECONDS:
                return removed, True
    return removed, False


def _purge_pets() -> int:
    """One batch, each pet in a transaction of its own; its owner may be bringing it back this very moment."""
    cutoff, removed = timezone.now() - RESURRECTION_WINDOW, 0
    for pet_id in list(Pet.objects.filter(deleted_at__lt=cutoff).values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            pet = Pet.objects.select_for_update().filter(pk=pet_id, deleted_at__lt=cutoff).first()
            if pet is not None:
                pet.delete()
                removed += 1
    return removed


def _purge_images() -> int:
    removed = 0
    for image in list(images_unused(created_before=timezone.now() - UNUSED_FOR)[:BATCH]):
        try:
            image_discard(image=image)
            removed += 1
        except ProtectedError:
            continue  # Shown again since we looked.
    return removed
