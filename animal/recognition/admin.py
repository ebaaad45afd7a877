"""Looking only: copies of the gallery follow its change numbers, which a hand-made edit would not raise."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from animal.core.admin import ReadOnlyAdmin
from animal.recognition.models import GalleryEntry, PhotoEmbedding


class WithoutVector(ReadOnlyAdmin):
    exclude = ["vector"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("vector")


@admin.register(PhotoEmbedding)
class PhotoEmbeddingAdmin(WithoutVector):
    list_display = ["pk", "image_id", "version", "species", "species_score", "created_at"]
    search_exact = ["image__id"]
    search_help_text = "Number of the photo"
    raw_id_fields = ["image"]


@admin.register(GalleryEntry)
class GalleryEntryAdmin(WithoutVector):
    list_display = ["pk", "kind", "object_id", "slot", "side", "species", "is_test", "is_live", "version", "change"]
    # Not by version or species: the choices would be looked up in all rows.
    list_filter = ["kind", "side", "is_test", "is_live"]
