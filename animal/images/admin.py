from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from animal.core.admin import ReadOnlyAdmin
from animal.images.models import Image
from animal.images.staff import MODERATED, picture
from animal.images.withholding import is_withheld


@admin.register(Image)
class ImageAdmin(ReadOnlyAdmin):
    """Where a photo was taken is the uploader's business."""

    list_display = ("photo", "source", "uploader", "is_hidden", "created_at")
    list_display_links = None  # The photo leads to its page.
    list_filter = ("source",)
    list_select_related = ("uploader",)
    search_exact = ("id", "sha256", "uploader__username_key")
    search_help_text = "Number of the photo, or the display name of whoever sent it, in whole"
    ordering = ("-created_at",)
    sortable_by = ()
    fields = [
        "large_photo",
        "source",
        "uploader",
        "is_hidden",
        "width",
        "height",
        "original_format",
        "sha256",
        "created_at",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Image]:
        images = super().get_queryset(request)
        return images if getattr(request.user, "is_superuser", False) else images.filter(source__in=MODERATED)

    @admin.display(description="Photo")
    def photo(self, image: Image) -> SafeString | str:
        return picture(image, of=f"Photo of {image.created_at:%d %B %H:%M}")

    @admin.display(description="Photo")
    def large_photo(self, image: Image) -> SafeString | str:
        return picture(image, of="The photo", size="rendition", is_linked=False)

    @admin.display(description="Hidden", boolean=True)
    def is_hidden(self, image: Image) -> bool:
        return is_withheld(image)
