"""Matches for staff. Verdicts are the people's, for ever: a pair that was removed would be offered again."""

from __future__ import annotations

from django.contrib import admin

from animal.core.admin import ReadOnlyAdmin
from animal.matching.models import PetMatch


@admin.register(PetMatch)
class PetMatchAdmin(ReadOnlyAdmin):
    list_display = ["id", "pair_key", "status", "is_question", "similarity", "owner", "finder", "created_at"]
    list_filter = ["status", "is_question", "found_report__is_test"]
    list_select_related = ["owner", "finder"]
    search_fields = ["=pair_key", "=owner__email_key", "=finder__email_key"]
