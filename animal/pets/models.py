"""Pets, their photos and their tags."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import models

from animal.images.models import Image
from animal.pets.marks import Marks
from animal.pets.notes import Notes

# Crockford's base32 (https://www.crockford.com/base32.html): no I, L, O or U, so that a tag can be read aloud.
CROCKFORD_BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
TAG_PREFIX = "ANI"
TAG_RANDOM_CHARACTERS = 16


def new_tag_id() -> str:
    """`ANI` and 80 random bits: unguessable, so that holding the tag is what permits seeing the pet's card."""
    return TAG_PREFIX + "".join(secrets.choice(CROCKFORD_BASE32) for _ in range(TAG_RANDOM_CHARACTERS))


class FeatureStatus(models.TextChoices):
    """How far recognition has come with the photos of a pet or a report."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


class Category(models.TextChoices):
    DOMESTIC = "Domestic"
    WILD = "Wild"
    POULTRY = "Poultry"
    LIVESTOCK = "Livestock"


class Pet(Marks, Notes):
    """A registered animal. A deleted pet is hidden everywhere at once, but kept for a while: the web client edits a pet
    by deleting it and adding it again, and the printed tag has to survive that."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="pets")
    owner_id: int
    name = models.CharField(max_length=100)
    type = models.CharField(max_length=100, help_text="As the owner chose it: Dogs, Cats, Hens, ...")
    category = models.CharField(max_length=100, choices=Category.choices)
    breed = models.CharField(max_length=100)
    species = models.CharField(max_length=20, blank=True, help_text="Follows from the type: searches go by it.")
    is_public = models.BooleanField(default=False)
    additional_info = models.JSONField(default=dict, blank=True)
    animal_id = models.CharField(max_length=40, unique=True, default=new_tag_id)
    suggested_species = models.CharField(max_length=20, blank=True)
    suggested_breeds = models.JSONField(default=list, blank=True)
    feature_status = models.CharField(
        max_length=20, choices=FeatureStatus.choices, default=FeatureStatus.PENDING, db_index=True
    )
    feature_error = models.CharField(max_length=300, blank=True)
    # Kept by the reports app: whether an open lost report names this pet, and the blurred place of its last report.
    is_lost = models.BooleanField(default=False)
    # A private pet that a lost report shows to others, until it is home or its owner decides anew.
    public_while_lost = models.BooleanField(default=False)
    place_latitude = models.FloatField(null=True, blank=True)
    place_longitude = models.FloatField(null=True, blank=True)
    is_test = models.BooleanField(default=False, db_index=True)
    registered_at = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    images = models.ManyToManyField(Image, through="PetPhoto", related_name="pets")
    # Not a column: the older tag by which the pet was looked up. Set by `pet_by_tag`.
    scanned_as = ""

    class Meta:
        ordering = ["-registered_at", "-pk"]
        indexes = [
            models.Index(fields=["owner", "deleted_at"], name="pet_owner_deleted"),
            models.Index(fields=["is_public", "deleted_at", "-registered_at"], name="pet_public_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.pk})"

    @property
    def shown_tag(self) -> str:
        """The tag that whoever looks holds. An older one is guessable, so it must not lead to the one that is not."""
        return self.scanned_as or self.animal_id


class OlderTag(models.Model):
    """A tag that was printed by the service before ours: `ANI` and four to six characters. It leads to its pet until
    the owner asks for a new tag."""

    pet = models.ForeignKey(Pet, on_delete=models.CASCADE, related_name="older_tags")
    animal_id = models.CharField(max_length=40, unique=True, help_text="As animal.pets.tags normalises it.")
    created_at = models.DateTimeField(auto_now_add=True)


class PetPhoto(models.Model):
    pet = models.ForeignKey(Pet, on_delete=models.CASCADE, related_name="photos")
    image = models.ForeignKey(Image, on_delete=models.PROTECT, related_name="pet_photos")
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["pet", "image"], name="pet_photo_once")]
