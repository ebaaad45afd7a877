from __future__ import annotations

from django.contrib import admin

from animal.core.admin import ReadOnlyAdmin
from animal.pets.models import Pet


@admin.register(Pet)
class PetAdmin(ReadOnlyAdmin):
    list_display = ("id", "name", "type", "breed", "owner", "feature_status", "is_lost", "is_test", "deleted_at")
    list_filter = ("feature_status", "is_lost", "is_test", "category")
    list_select_related = ("owner",)
    search_fields = ("=id", "name", "owner__email_key")
    # Who holds a tag id may see the pet's card; staff have no need of it.
    # The chip's number is for whoever wrote it down, and for nobody else.
    exclude = ("animal_id", "chip_number")
