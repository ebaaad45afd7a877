"""Lost and found reports."""

from __future__ import annotations

import uuid
from typing import cast

from django.conf import settings
from django.db import models

from animal.images.models import Image
from animal.pets.marks import Marks
from animal.pets.models import Category, FeatureStatus, Pet


class Report(Marks):
    """Somebody lost an animal, or found one: where, when, and what it looks like.

    `side` says which of the two for ever; `status` follows it while the report is open and becomes `resolved`.
    The `public_*` point lies 200 to 400 m from the true one and is all that strangers see. Without any point is only a
    report by a tag whose finder said in words where: nobody's report, which the pet's owner alone sees.
    """

    class Side(models.TextChoices):
        LOST = "lost"
        FOUND = "found"

    class Status(models.TextChoices):
        LOST = "lost"
        FOUND = "found"
        RESOLVED = "resolved"

    reporter = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reports")
    reporter_id: int
    pet = models.ForeignKey(Pet, on_delete=models.SET_NULL, null=True, blank=True, related_name="reports")
    pet_id: int | None
    side = models.CharField(max_length=5, choices=Side.choices)
    status = models.CharField(max_length=8, choices=Status.choices)
    pet_name = models.CharField(max_length=100, blank=True)
    pet_type = models.CharField(max_length=100, blank=True)
    pet_breed = models.CharField(max_length=100, blank=True)
    pet_category = models.CharField(max_length=100, choices=Category.choices, blank=True)
    species = models.CharField(max_length=20, blank=True, help_text="Follows from the type: searches go by it.")
    description = models.TextField(blank=True)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    public_latitude = models.FloatField(null=True)
    public_longitude = models.FloatField(null=True)
    cell_r4 = models.BigIntegerField(editable=False, null=True)
    cell_r5 = models.BigIntegerField(editable=False, null=True)
    cell_r6 = models.BigIntegerField(editable=False, null=True)
    cell_r7 = models.BigIntegerField(editable=False, null=True)
    last_seen_date = models.DateField(null=True, blank=True)
    last_seen_time = models.TimeField(null=True, blank=True)
    contact_name = models.CharField(max_length=100, blank=True)
    contact_phone = models.CharField(max_length=40, blank=True)
    contact_email = models.EmailField(max_length=254, blank=True)
    # The first of its photos; the others are rows of ReportPhoto.
    image = models.ForeignKey(Image, on_delete=models.SET_NULL, null=True, blank=True, related_name="reports")
    suggested_species = models.CharField(max_length=20, blank=True)
    suggested_breeds = models.JSONField(default=list, blank=True)
    feature_status = models.CharField(
        max_length=20, choices=FeatureStatus.choices, default=FeatureStatus.PENDING, db_index=True
    )
    feature_error = models.CharField(max_length=300, blank=True)
    tag_pet = models.ForeignKey(
        Pet,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="tag_reports",
        help_text="Found by the tag of this pet: its owner sees the report and the exact place.",
    )
    tag_pet_id: int | None
    is_test = models.BooleanField(default=False, db_index=True)
    reported_at = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    hidden_at = models.DateTimeField(null=True, blank=True, help_text="Set by staff: nobody but its people see it.")

    class Meta:
        ordering = ["-reported_at", "-pk"]
        indexes = [
            models.Index(fields=["status", "-reported_at"], name="report_status_newest"),
            models.Index(fields=["reporter", "-reported_at"], name="report_reporter_newest"),
            models.Index(fields=["cell_r4", "status"], name="report_cell_r4_status"),
            models.Index(fields=["cell_r5", "status"], name="report_cell_r5_status"),
            models.Index(fields=["cell_r6", "status"], name="report_cell_r6_status"),
            models.Index(fields=["cell_r7", "status"], name="report_cell_r7_status"),
        ]

    def __str__(self) -> str:
        return f"{self.side} report {self.pk}"

    @property
    def point(self) -> tuple[float, float]:
        """The true one, of a report that has one."""
        return cast("tuple[float, float]", (self.latitude, self.longitude))

    @property
    def public_point(self) -> tuple[float, float]:
        """As others see it. All reports that others see have one."""
        return cast("tuple[float, float]", (self.public_latitude, self.public_longitude))

    @property
    def is_open(self) -> bool:
        """Whether it is looked at by others: neither resolved by its people nor hidden by staff."""
        return self.status != self.Status.RESOLVED and self.hidden_at is None


class ReportPhoto(models.Model):
    """A photo of a report beside its first one, in the order of `position`."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="more_photos")
    image = models.ForeignKey(Image, on_delete=models.PROTECT, related_name="+")
    image_id: uuid.UUID
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["report", "image"], name="report_photo_once")]


class ReportEvent(models.Model):
    """What happened to a report, for its people: the case's timeline. Written with what it tells of, never changed."""

    class What(models.TextChoices):
        FILED = "filed"
        EDITED = "edited"
        PHOTO_ADDED = "photo_added"
        PHOTO_REMOVED = "photo_removed"
        MATCHED = "matched"
        MATCH_CONFIRMED = "match_confirmed"
        MATCH_DISMISSED = "match_dismissed"
        MATCH_CLOSED = "match_closed"
        RESOLVED = "resolved"
        REOPENED = "reopened"
        HIDDEN = "hidden", "Hidden by staff"
        SHOWN = "shown", "Shown again by staff"

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="events")
    what = models.CharField(max_length=20, choices=What.choices)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    actor_id: int | None
    # Names of fields, or the number of a match: no text that somebody typed.
    detail = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["report", "created_at"], name="report_event_order")]
