from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from animal.pets.models import Pet


@admin.register(Pet)
class PetAdmin(admin.ModelAdmin):
    """To look at: writes go through `animal.pets.services`, which keep the gallery and the queue in step."""

    list_display = ("id", "name", "type", "breed", "owner", "feature_status", "is_lost", "is_test", "deleted_at")
    list_filter = ("feature_status", "is_lost", "is_test", "category")
    list_select_related = ("owner",)
    search_fields = ("=id", "name", "owner__email_key")
    # Who holds a tag id may see the pet's card; staff have no need of it.
    exclude = ("animal_id",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Pet | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Pet | None = None) -> bool:
        return False
