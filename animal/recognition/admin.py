"""Looking only: copies of the gallery follow its change numbers, which a hand-made edit would not raise."""

from __future__ import annotations

from django.contrib import admin

from animal.core.admin import ReadOnlyAdmin
from animal.recognition.models import GalleryEntry, PhotoEmbedding


@admin.register(PhotoEmbedding)
class PhotoEmbeddingAdmin(ReadOnlyAdmin):
    list_display = ["pk", "image_id", "version", "species", "species_score", "created_at"]
    list_filter = ["version", "species"]
    exclude = ["vector"]
    raw_id_fields = ["image"]


@admin.register(GalleryEntry)
class GalleryEntryAdmin(ReadOnlyAdmin):
    list_display = ["pk", "kind", "object_id", "slot", "side", "species", "is_test", "is_live", "version", "change"]
    list_filter = ["kind", "side", "species", "is_test", "is_live", "version"]
    search_fields = ["=object_id"]
    exclude = ["vector"]
