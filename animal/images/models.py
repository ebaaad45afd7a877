"""Every picture, whichever door it came in by."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from animal.images.edited_models import EditedPetImage

__all__ = ["EditedPetImage", "Image"]


class Image(models.Model):
    """A picture that was decoded, bounded, stripped of metadata and re-encoded.

    Only derivatives are kept: the upright master (JPEG), a 1600 px rendition and a thumbnail. `sha256` is of the bytes
    as received. The `private_*` columns are shown to the uploader alone.
    """

    class Source(models.TextChoices):
        PET = "pet"
        REPORT = "report"
        CHAT = "chat"
        SEARCH = "search"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    uploader = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="images"
    )
    source = models.CharField(max_length=10, choices=Source.choices)
    sha256 = models.CharField(max_length=64, db_index=True)
    original_format = models.CharField(max_length=8)
    original_bytes = models.PositiveIntegerField()
    width = models.PositiveIntegerField(help_text="Of the master, in pixels, upright.")
    height = models.PositiveIntegerField(help_text="Of the master, in pixels, upright.")
    master = models.FileField(max_length=200)
    rendition = models.FileField(max_length=200)
    thumbnail = models.FileField(max_length=200)
    camera_make = models.CharField(max_length=64, blank=True)
    camera_model = models.CharField(max_length=64, blank=True)
    private_taken_at = models.DateTimeField(null=True, blank=True)
    private_latitude = models.FloatField(null=True, blank=True)
    private_longitude = models.FloatField(null=True, blank=True)
    hints = models.JSONField(default=list, help_text="Codes of what would make it a better photo; see hints.py.")
    looked_for_animals = models.BooleanField(default=False, help_text="False while only the pixels were looked at.")
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return f"photo {self.pk}"
