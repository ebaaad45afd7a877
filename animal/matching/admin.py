"""Matches for staff. Verdicts are the people's: nothing here can be edited."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from animal.matching.models import PetMatch


@admin.register(PetMatch)
class PetMatchAdmin(admin.ModelAdmin):
    list_display = ["id", "pair_key", "status", "is_question", "similarity", "owner", "finder", "created_at"]
    list_filter = ["status", "is_question", "found_report__is_test"]
    list_select_related = ["owner", "finder"]
    search_fields = ["=pair_key", "=owner__email_key", "=finder__email_key"]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
