"""Lost and found reports."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from animal.images.models import Image
from animal.pets.models import Category, FeatureStatus, Pet


class Report(models.Model):
    """Somebody lost an animal, or found one: where, when, and what it looks like.

    `side` says which of the two for ever; `status` follows it while the report is open and becomes `resolved`.
    The `public_*` point lies 200 to 400 m from the true one and is all that strangers see.
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
    species = models.CharField(max_length=20, blank=True, help_text="Canonical species derived from the type.")
    description = models.TextField(blank=True)
    latitude = models.FloatField()
    longitude = models.FloatField()
    public_latitude = models.FloatField()
    public_longitude = models.FloatField()
    cell_r4 = models.BigIntegerField(editable=False)
    cell_r5 = models.BigIntegerField(editable=False)
    cell_r6 = models.BigIntegerField(editable=False)
    cell_r7 = models.BigIntegerField(editable=False)
    last_seen_date = models.DateField(null=True, blank=True)
    last_seen_time = models.TimeField(null=True, blank=True)
    contact_name = models.CharField(max_length=100, blank=True)
    contact_phone = models.CharField(max_length=40, blank=True)
    contact_email = models.EmailField(max_length=254, blank=True)
    image = models.ForeignKey(Image, on_delete=models.SET_NULL, null=True, blank=True, related_name="reports")
    suggested_species = models.CharField(max_length=20, blank=True)
    suggested_breeds = models.JSONField(default=list, blank=True)
    feature_status = models.CharField(
        max_length=20, choices=FeatureStatus.choices, default=FeatureStatus.PENDING, db_index=True
    )
    feature_error = models.CharField(max_length=300, blank=True)
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
    def is_open(self) -> bool:
        """Whether it is looked at by others: neither resolved by its people nor hidden by staff."""
        return self.status != self.Status.RESOLVED and self.hidden_at is None
