"""Accounts for staff. Whoever is not a superuser can neither take over an account nor raise anybody's rights.

Disabling, enabling and closing are acts of moderation, each with an audit row: see `animal.moderation.account_admin`.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from accounts.models import User
from animal.core.text import normalised_key

# What an account may do now: changed by actions, never in the form.
STATE = ("is_active", "locked_at", "deletion_due_at")


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    """Passwords are neither shown nor set here: people sign in by a link and staff use `manage.py changepassword`."""

    list_display = ["username", "email", "is_active", "is_staff", "is_test", "email_verified_at", "date_joined"]
    list_filter = ["is_active", "is_staff", "is_test"]
    search_fields = ["username_key", "email_key"]
    search_help_text = "Display name or e-mail address"
    ordering = ["-date_joined", "-pk"]
    show_full_result_count = False
    list_per_page = 50
    filter_horizontal = ["groups", "user_permissions"]
    fieldsets = [
        (None, {"fields": ["username", "email", "email_verified_at", *STATE, "is_test"]}),
        ("Rights", {"fields": ["is_staff", "is_superuser", "groups", "user_permissions"], "classes": ["collapse"]}),
        ("Dates", {"fields": ["last_login", "date_joined"]}),
    ]
    readonly_fields = ["email_verified_at", *STATE, "is_test", "last_login", "date_joined"]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        superuser = getattr(request.user, "is_superuser", False)
        # A new address would let whoever reads its mail sign in as this person.
        reserved = [] if superuser else ["email", "is_staff", "is_superuser", "groups", "user_permissions"]
        return [*self.readonly_fields, *reserved]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(getattr(request.user, "is_superuser", False)) and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return self.may_touch(request, obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        # `services.deletion` takes the files, the gallery and the mails along; a cascade of rows does not.
        return False

    @staticmethod
    def may_touch(request: HttpRequest, obj: User | None) -> bool:
        return obj is None or not obj.is_staff or bool(getattr(request.user, "is_superuser", False))

    def save_model(self, request: HttpRequest, obj: User, form: forms.ModelForm, change: bool) -> None:
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        # The keys are normalised, so that the search knows no case on any database.
        return super().get_search_results(request, queryset, normalised_key(search_term))
