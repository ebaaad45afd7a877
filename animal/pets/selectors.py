"""Reading pets. A deleted pet is in none of these answers."""

from __future__ import annotations

import numpy as np
from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from accounts.models import User
from accounts.selectors import proven
from animal.core.errors import NotFound
from animal.core.paging import NEWEST_LIMIT
from animal.pets.models import Pet, PetPhoto
from animal.pets.tags import is_older_tag, tag_normalised
from animal.recognition.models import GalleryEntry
from animal.recognition.selectors import object_vectors

MAX_TAG_LENGTH = 60


def pets_live() -> QuerySet[Pet]:
    return Pet.objects.filter(deleted_at=None)


def with_photos(pets: QuerySet[Pet]) -> QuerySet[Pet]:
    """Two queries, however many pets there are."""
    photos = PetPhoto.objects.select_related("image").order_by("position", "pk")
    return pets.prefetch_related(Prefetch("photos", queryset=photos))


def pets_owned(actor: User) -> QuerySet[Pet]:
    """The newest of one's own pets, newest first."""
    return with_photos(pets_live().filter(owner=actor)).order_by("-registered_at", "-pk")[:NEWEST_LIMIT]


def pets_public() -> QuerySet[Pet]:
    """The newest pets whose owners show them to everybody, newest first."""
    return with_photos(pets_live().filter(proven("owner"), is_public=True)).order_by("-registered_at", "-pk")[
        :NEWEST_LIMIT
    ]


def pet_count() -> int:
    return pets_live().count()


def access_pet_as_owner(actor: User, pet_id: int) -> Pet:
    pet = with_photos(pets_live().filter(pk=pet_id, owner=actor)).first()
    if pet is None:
        raise NotFound(_("This pet does not exist."))
    return pet


def pet_by_tag(animal_id: str) -> Pet:
    """Whoever holds a tag may see its pet. Raises NotFound for an unknown tag and for that of a deleted pet."""
    pet = None
    if len(animal_id) <= MAX_TAG_LENGTH:
        tag = tag_normalised(animal_id)
        pets = with_photos(pets_live().filter(owner__is_active=True))
        pet = pets.filter(animal_id=tag).first()
        if pet is None and is_older_tag(tag) and (pet := pets.filter(older_tags__animal_id=tag).first()):
            pet.scanned_as = tag
    if pet is None:
        raise NotFound(_("No pet carries this tag."))
    return pet


def pet_vectors(pet: Pet) -> dict[str, NDArray[np.float32]]:
    """What searches know of the pet, for each version of the model: [k,512], its mean, then its photos."""
    return object_vectors(GalleryEntry.Kind.PET, pet.pk)
