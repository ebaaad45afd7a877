from __future__ import annotations

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from animal.core.admin import ReadOnlyAdmin
from animal.images.staff import picture, pictures
from animal.pets.models import Pet, PetPhoto


@admin.register(Pet)
class PetAdmin(ReadOnlyAdmin):
    """Who holds a tag id may see the pet's card; staff have no need of it. The chip's number is for whoever wrote it
    down, and for nobody else."""

    list_display = ("photo", "id", "name", "type", "breed", "owner", "is_lost", "is_public", "is_test", "deleted_at")
    list_display_links = ("id", "name")
    list_filter = ("is_lost", "is_public", "feature_status", "is_test", "category")
    list_select_related = ("owner",)
    search_exact = ("id", "owner__username_key")
    search_help_text = "Number of the pet, or the display name of its owner, in whole"
    ordering = ("-registered_at",)
    sortable_by = ()
    fieldsets = [
        (None, {"fields": ["photos", "name", "owner", "type", "category", "breed", "sex", "size", "colours"]}),
        ("State", {"fields": ["is_lost", "is_public", "is_test", "registered_at", "deleted_at"]}),
        (
            "Recognition",
            {"fields": ["species", "suggested_species", "suggested_breeds", "feature_status", "feature_error"]},
        ),
        ("What its people wrote", {"fields": ["additional_info"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Pet]:
        photos = PetPhoto.objects.select_related("image")
        return super().get_queryset(request).prefetch_related(Prefetch("photos", photos))

    @admin.display(description="Photo")
    def photo(self, pet: Pet) -> SafeString | str:
        first = next(iter(pet.photos.all()), None)
        return picture(first.image if first else None, of=pet.name)

    @admin.display(description="Photos")
    def photos(self, pet: Pet) -> SafeString | str:
        return pictures(photo.image for photo in pet.photos.all())
