"""Looking only: copies of the gallery follow its change numbers, which a hand-made edit would not raise."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from animal.recognition.models import GalleryEntry, PhotoEmbedding


class ReadOnlyAdmin(admin.ModelAdmin):
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


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
