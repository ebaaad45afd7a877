"""Pets, as their owner has them."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.forms.models import model_to_dict

from accounts.models import User
from accounts.personal_data import BATCH
from animal.pets.models import Pet
from animal.pets.services import PET
from animal.recognition.models import GalleryEntry
from animal.recognition.services import gallery_remove


def collect(user: User) -> list[dict[str, Any]]:
    pets = Pet.objects.filter(owner=user).prefetch_related("photos", "older_tags").order_by("pk")
    return [
        {
            **model_to_dict(pet, exclude=["images"]),
            "registered_at": pet.registered_at,
            "older_tags": [tag.animal_id for tag in pet.older_tags.all()],
            "pictures": [photo.image_id for photo in pet.photos.all()],
        }
        for pet in pets
    ]


def erase(user: User) -> bool:
    """Vectors, photos' places and matches go with them."""
    pets = list(Pet.objects.filter(owner=user)[:BATCH])
    for pet in pets:
        with transaction.atomic():
            gallery_remove(kind=PET, object_id=pet.pk)
            pet.delete()
    if not pets:
        # Tombstones tell copies of the gallery to forget; whose they were need not be told.
        GalleryEntry.objects.filter(owner_id=user.pk, is_live=False).update(owner_id=0)
    return bool(pets)
