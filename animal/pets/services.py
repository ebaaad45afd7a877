"""Writes of pets: register, edit, delete, and what a report says about a pet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from animal.alerts.models import Notification
from animal.alerts.services import notification_forgo
from animal.core.errors import InvalidInput, NotFound
from animal.core.idempotency import created
from animal.core.tasks import task_enqueue
from animal.images.models import Image
from animal.images.services import images_stored
from animal.pets.additional_info import merged_info
from animal.pets.features import notice_key
from animal.pets.marks import MARKS
from animal.pets.models import FeatureStatus, OlderTag, Pet, PetPhoto, new_tag_id
from animal.pets.told import NO_PHOTO
from animal.recognition.labels import species_of
from animal.recognition.models import GalleryEntry
from animal.recognition.services import gallery_remove, gallery_update, gallery_update_reports_of

# The web client edits a pet by deleting it and adding it again; within this time it is the same pet, with the same tag.
RESURRECTION_WINDOW = timedelta(hours=24)
EXTRACT_TASK = "animal.pets.tasks.extract_pet_features"
MATCH_TASK = "animal.matching.tasks.run_pet_match"
# What the gallery knows of a pet from its owner.
SEARCHED_BY = ("type", "breed", "category", "is_public")
PET, SIDE = GalleryEntry.Kind.PET, GalleryEntry.Side


@dataclass(frozen=True, kw_only=True)
class PetFields:
    """What an owner says about a pet."""

    name: str
    type: str
    category: str
    breed: str
    is_public: bool = False
    additional_info: dict[str, Any] = field(default_factory=dict)
    # None says nothing: the web client knows no marks, and edits a pet by deleting it and adding it again.
    chip_number: str | None = None
    sex: str | None = None
    size: str | None = None
    colours: list[str] | None = None
    medical_note: str | None = None
    temperament_note: str | None = None
    show_notes: bool | None = None


def pet_add(*, owner: User, fields: PetFields, uploads: Sequence[UploadedFile[Any]], kept: Sequence[Image] = ()) -> Pet:
    """`pet_register` with photos as they were sent, behind those that are stored already (`kept`)."""
    refuse_photo_count(len(kept) + len(uploads))
    with images_stored(uploads=uploads, uploader=owner, source=Image.Source.PET) as added:
        return pet_register(owner=owner, fields=fields, images=[*kept, *added])


def pet_change(
    *,
    actor: User,
    pet: Pet,
    changes: dict[str, Any],
    uploads: Sequence[UploadedFile[Any]],
    kept: Sequence[Image] | None = None,
) -> Pet:
    """`pet_edit` with photos as they were sent."""
    # Asked again by pet_edit, under its lock; here it spares the work of decoding photos that are too many.
    if kept is not None or uploads:
        refuse_photo_count((pet.photos.count() if kept is None else len(kept)) + len(uploads))
    with images_stored(uploads=uploads, uploader=actor, source=Image.Source.PET) as added:
        return pet_edit(pet=pet, changes=changes, keep=kept, add=added)


@transaction.atomic
def pet_register(*, owner: User, fields: PetFields, images: Sequence[Image]) -> Pet:
    """Register a pet with its photos, in their order; or bring back the one that its owner deleted within 24 hours.

    A deleted pet is the same when it shows one of these photos, or bears the same name and type. It keeps its id, its
    tag, its reports and its matches. Raises InvalidInput for no photo or too many.
    """
    pet = _brought_back(owner, fields, images)
    if pet is None:
        pet = Pet(owner=owner, is_test=owner.is_test)
    _apply(pet, fields)
    pet.feature_status, pet.feature_error = FeatureStatus.PENDING, ""
    pet.save()
    created("pet", pet.pk)
    _photos_set(pet, images)
    _gallery_follow(pet)  # Reports of a pet that was brought back.
    task_enqueue(EXTRACT_TASK, pet.pk)
    if pet.chip_number:
        task_enqueue(MATCH_TASK, pet.pk)  # A chip needs no photo, which may show nothing.
    return pet


@transaction.atomic
def pet_import(
    *,
    owner: User,
    fields: PetFields,
    images: Sequence[Image],
    older_tag: str = "",
    registered_at: datetime | None = None,
    is_test: bool = False,
) -> Pet:
    """A pet that another service knew. It may come without a photo, and with the tag that was printed there.

    Its photos are read as any, and nobody is told that they were. Raises IntegrityError when the tag is taken.
    """
    pet = Pet(owner=owner, is_test=owner.is_test or is_test)
    _apply(pet, fields)
    if not images:
        pet.feature_status, pet.feature_error = FeatureStatus.FAILED, NO_PHOTO
    pet.save()
    if registered_at is not None:
        Pet.objects.filter(pk=pet.pk).update(registered_at=registered_at)
    if older_tag:
        OlderTag.objects.create(pet=pet, animal_id=older_tag)
    if images:
        _photos_import(pet, images)
    return pet


@transaction.atomic
def pet_import_photos(*, pet: Pet, images: Sequence[Image]) -> None:
    """Photos that were missing when the pet was imported, behind those that it has. Raises InvalidInput for too many,
    NotFound when the pet is gone."""
    pet = _locked(pet)
    _photos_import(pet, [*(photo.image for photo in pet.photos.select_related("image")), *images])


def _photos_import(pet: Pet, images: Sequence[Image]) -> None:
    _photos_change(pet, images)
    for verb in (Notification.Verb.FEATURES_COMPLETE, Notification.Verb.FEATURES_FAILED):
        key = notice_key(verb, pet.pk, [image.pk for image in images])
        notification_forgo(recipient_id=pet.owner_id, verb=verb, dedupe_key=key)


def _brought_back(owner: User, fields: PetFields, images: Sequence[Image]) -> Pet | None:
    deleted = Pet.objects.filter(owner=owner, deleted_at__gt=timezone.now() - RESURRECTION_WINDOW)
    deleted = deleted.order_by("-deleted_at", "-pk")
    by_photo = deleted.filter(photos__image__in=images).first()
    pet = by_photo or deleted.filter(name=fields.name, type=fields.type).first()
    if pet is None:
        return None
    # Of two simultaneous requests one brings the pet back, the other registers a new one.
    won = Pet.objects.filter(pk=pet.pk, deleted_at=pet.deleted_at).update(deleted_at=None)
    return _locked(pet) if won else None


@transaction.atomic
def pet_edit(
    *, pet: Pet, changes: dict[str, Any], keep: Sequence[Image] | None = None, add: Sequence[Image] = ()
) -> Pet:
    """Change fields of PetFields, and the photos: `add` comes behind `keep`, or behind all that there are.

    Raises InvalidInput for too few photos or too many.
    """
    pet = _locked(pet)
    before = {name: getattr(pet, name) for name in (*SEARCHED_BY, *MARKS)}
    _apply(pet, changes)
    pet.save()
    # Which photos there are is asked under the lock, so that of several edits at once each photo stays.
    present = [photo.image for photo in pet.photos.select_related("image")]
    images = [*(present if keep is None else keep), *add]
    if present != images:
        _photos_change(pet, images)
    if add:
        created("pet_photos", add[-1].pk)  # Not the pet, which was there before.
    changed = {name for name, value in before.items() if getattr(pet, name) != value}
    if changed & {*SEARCHED_BY}:
        _gallery_follow(pet)
    if changed & {"type", *MARKS}:
        task_enqueue(MATCH_TASK, pet.pk)
    return pet


@transaction.atomic
def pet_show_while_lost(*, pet: Pet) -> None:
    """Show a private pet to others until `pet_mark_home`, or until its owner makes it private or public anew."""
    if not _locked(pet).is_public:
        pet_edit(pet=pet, changes={"is_public": True})
        Pet.objects.filter(pk=pet.pk).update(public_while_lost=True)


@transaction.atomic
def pet_photo_remove(*, pet: Pet, image_id: UUID) -> None:
    """Raises NotFound for a photo that the pet does not show, InvalidInput for its last one."""
    pet = _locked(pet)
    present = [photo.image for photo in pet.photos.select_related("image")]
    left = [image for image in present if image.pk != image_id]
    if left == present:
        raise NotFound(_("This photo is not there any more."))
    _photos_change(pet, left)


def _gallery_follow(pet: Pet) -> None:
    species, detected = gallery_species(pet)
    said: dict[str, Any] = {"type": pet.type, "breed": pet.breed, "category": pet.category}
    gallery_update(
        kind=PET, object_id=pet.pk, species=species, species_detected=detected, is_public=pet.is_public, **said
    )
    declared = {"species": pet.species, "species_detected": False} if pet.species else {}
    gallery_update_reports_of(pet_id=pet.pk, **said, **declared)


@transaction.atomic
def pet_delete(*, pet: Pet) -> None:
    """Hide a pet everywhere at once. Rows and files are kept for RESURRECTION_WINDOW; see `pets_purge`."""
    if Pet.objects.filter(pk=pet.pk, deleted_at=None).update(deleted_at=timezone.now()):
        gallery_remove(kind=PET, object_id=pet.pk)


@transaction.atomic
def pet_rotate_tag(*, pet: Pet) -> Pet:
    """A new tag id: whoever holds the old tag, or one from before our time, no longer reaches the pet."""
    pet.animal_id = new_tag_id()
    pet.save(update_fields=["animal_id"])
    pet.older_tags.all().delete()
    return pet


@transaction.atomic
def pet_retry_features(*, pet: Pet) -> None:
    """Look at the photos again. Raises InvalidInput unless the last attempt failed."""
    failed = Pet.objects.filter(pk=pet.pk, deleted_at=None, feature_status=FeatureStatus.FAILED)
    if not failed.update(feature_status=FeatureStatus.PENDING, feature_error=""):
        raise InvalidInput(_("The photos of this pet are not in need of another attempt."), code="not_failed")
    task_enqueue(EXTRACT_TASK, pet.pk)


@transaction.atomic
def pet_mark_lost(*, pet: Pet, latitude: float, longitude: float) -> None:
    """An open report says that this pet is lost. The point is the report's blurred one."""
    Pet.objects.filter(pk=pet.pk).update(is_lost=True, place_latitude=latitude, place_longitude=longitude)
    gallery_update(kind=PET, object_id=pet.pk, side=SIDE.LOST, latitude=latitude, longitude=longitude)


@transaction.atomic
def pet_mark_home(*, pet: Pet) -> None:
    """No open report says any more that this pet is lost. The place stays, as where the pet is likely to live."""
    private: dict[str, Any] = {}
    if Pet.objects.filter(pk=pet.pk, public_while_lost=True).update(is_public=False, public_while_lost=False):
        private = {"is_public": False}
    Pet.objects.filter(pk=pet.pk).update(is_lost=False)
    gallery_update(kind=PET, object_id=pet.pk, side=SIDE.HOME, **private)


def gallery_species(pet: Pet) -> tuple[str, bool]:
    """The species that searches filter by, and whether a network detected it: what the owner says comes first."""
    return (pet.species, False) if pet.species else (pet.suggested_species, bool(pet.suggested_species))


def _locked(pet: Pet) -> Pet:
    current = Pet.objects.select_for_update().filter(pk=pet.pk, deleted_at=None).first()
    if current is None:
        raise NotFound(_("This pet does not exist."))
    return current


def _apply(pet: Pet, fields: PetFields | dict[str, Any]) -> None:
    changes = dict(vars(fields)) if isinstance(fields, PetFields) else dict(fields)
    if "additional_info" in changes:
        changes["additional_info"] = merged_info(stored=pet.additional_info, sent=changes["additional_info"])
    if changes.get("is_public") not in (None, pet.is_public):
        pet.public_while_lost = False  # Somebody decided anew.
    for name, value in changes.items():
        if value is not None:
            setattr(pet, name, value)
    pet.species = species_of(pet.type)


def _photos_change(pet: Pet, images: Sequence[Image]) -> None:
    """To other photos than it has, which are then read anew."""
    _photos_set(pet, images)
    Pet.objects.filter(pk=pet.pk).update(feature_status=FeatureStatus.PENDING, feature_error="")
    task_enqueue(EXTRACT_TASK, pet.pk)


def _photos_set(pet: Pet, images: Sequence[Image]) -> None:
    refuse_photo_count(len(images))
    pet.photos.exclude(image__in=images).delete()
    kept = {photo.image_id: photo for photo in pet.photos.all()}
    for position, image in enumerate(images):
        photo = kept.get(image.pk) or PetPhoto(pet=pet, image=image)
        photo.position = position
        photo.save()


def refuse_photo_count(count: int) -> None:
    if count < 1:
        raise InvalidInput(_("Please add at least one photo."), code="no_photo")
    if count > settings.MAX_PET_PHOTOS:
        raise InvalidInput(
            _("Please choose at most %(most)s photos.") % {"most": settings.MAX_PET_PHOTOS}, code="too_many_photos"
        )
