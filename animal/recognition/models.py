"""What recognition knows: a reading of every photo, and the gallery of vectors that searches look through."""

from __future__ import annotations

import secrets

import numpy as np
from django.db import models
from numpy.typing import NDArray

from animal.images.models import Image
from animal.recognition.vectors import from_bytes


class PhotoEmbedding(models.Model):
    """What one model read from one picture. `vector` is float32[512], little-endian, L2-normalised; empty bytes when
    the picture shows no animal."""

    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="embeddings")
    model = models.CharField(max_length=40)
    version = models.CharField(max_length=64)
    vector = models.BinaryField()
    species = models.CharField(max_length=20, blank=True)
    species_score = models.FloatField(default=0.0)
    box = models.JSONField(null=True, blank=True, help_text="x0, y0, x1, y1 of the animal, relative to the picture.")
    breeds = models.JSONField(default=list, help_text="[{label, score}], best first.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["image", "version"], name="embedding_image_version")]

    def as_array(self) -> NDArray[np.float32] | None:
        """[512] of length one; None when the picture shows no animal."""
        return from_bytes(self.vector) if self.vector else None


class ModelVersion(models.Model):
    """A model that has filled this gallery, and how far the pass has come that reads all photos again with it.

    `calibration` outlives the release that brought it: it is what old vectors' cosines mean, while they still serve.
    """

    version = models.CharField(max_length=64, unique=True)
    model = models.CharField(max_length=40)
    calibration = models.JSONField()
    serving_since = models.DateTimeField(help_text="The version that began to serve last is the one in use.")
    pass_started_at = models.DateTimeField(null=True, blank=True)
    pass_finished_at = models.DateTimeField(null=True, blank=True)
    pass_total = models.PositiveIntegerField(default=0, help_text="Pets and reports to be read again.")
    pass_phase = models.PositiveSmallIntegerField(default=0)
    pass_cursor = models.BigIntegerField(null=True, blank=True, help_text="Id of the last pet or report asked for.")

    def __str__(self) -> str:
        return self.version


class GalleryEntry(models.Model):
    """One searchable vector of a pet or a report. The in-process index and Qdrant are copies of these rows.

    Slot 0 is the mean vector, then come the photos; behind them, while a new model takes over, those of older
    versions in the same order. `latitude`/`longitude` are the blurred ones. Dead entries are kept
    as tombstones so that every copy learns of them.
    """

    class Kind(models.TextChoices):
        PET = "pet"
        REPORT = "report"

    class Side(models.TextChoices):
        LOST = "lost"
        FOUND = "found"
        HOME = "home", "registered, not reported lost"

    kind = models.CharField(max_length=6, choices=Kind.choices)
    object_id = models.BigIntegerField()
    slot = models.PositiveSmallIntegerField()
    vector = models.BinaryField()
    version = models.CharField(max_length=64)
    species = models.CharField(max_length=20, blank=True)
    species_detected = models.BooleanField(
        default=False,
        help_text="Read off a photo by a network, which confuses some; nobody declared it.",
    )
    side = models.CharField(max_length=5, choices=Side.choices)
    owner_id = models.BigIntegerField()
    is_public = models.BooleanField()
    is_test = models.BooleanField()
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    pet_id = models.BigIntegerField(null=True, blank=True, help_text="The pet itself, or the one a report is about.")
    type = models.CharField(max_length=100, blank=True, help_text="As somebody wrote it; searches go by `species`.")
    breed = models.CharField(max_length=100, blank=True)
    category = models.CharField(max_length=100, blank=True)
    is_live = models.BooleanField(default=True)
    change = models.BigIntegerField(help_text="Value of the gallery's change counter when this row was last written.")

    class Meta:
        verbose_name_plural = "gallery entries"
        constraints = [models.UniqueConstraint(fields=["kind", "object_id", "slot"], name="gallery_kind_object_slot")]
        indexes = [
            models.Index(fields=["change"], name="gallery_change"),
            models.Index(fields=["slot", "is_live", "version", "is_test"], name="gallery_live_objects"),
            models.Index(fields=["pet_id"], name="gallery_pet"),
        ]


def new_epoch() -> int:
    return secrets.randbits(62)


class ChangeCounter(models.Model):
    """The gallery's change sequence: one row, raised inside every transaction that writes entries.

    Its row lock is held until commit, so changes become visible in the order of their numbers and a reader that has
    seen N can ask for everything above N without missing a late one.
    """

    name = models.CharField(max_length=20, unique=True)
    value = models.BigIntegerField(default=0)
    epoch = models.BigIntegerField(
        default=new_epoch,
        help_text="Drawn when the row is made: tells one database's sequence from another's.",
    )
