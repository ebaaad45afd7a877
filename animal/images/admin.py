from __future__ import annotations

from django.contrib import admin

from animal.core.admin import ReadOnlyAdmin
from animal.images.models import Image


@admin.register(Image)
class ImageAdmin(ReadOnlyAdmin):
    """Where a photo was taken is the uploader's business."""

    list_display = ("id", "source", "uploader", "original_format", "width", "height", "created_at")
    list_filter = ("source", "original_format")
    list_select_related = ("uploader",)
    search_fields = ("=sha256", "uploader__email_key")
    exclude = ("private_taken_at", "private_latitude", "private_longitude")
    ordering = ("-created_at",)
