"""Accounts for staff. Whoever is not a superuser can neither take over an account nor raise anybody's rights.

Disabling, enabling and closing are acts of moderation, each with an audit row: see `animal.moderation.account_admin`.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from accounts.models import SEE_ADDRESSES, User
from animal.core.admin import ListAdmin

# What an account may do now: changed by actions, never in the form.
STATE = ("is_active", "locked_at", "deletion_due_at")


@admin.register(User)
class UserAdmin(ListAdmin):
    """Passwords are neither shown nor set here: people sign in by a link and staff use `manage.py changepassword`."""

    list_display = ["username", "email", "is_active", "is_staff", "is_test", "email_verified_at", "date_joined"]
    list_filter = ["is_active", "is_staff", "is_test", ("deletion_due_at", admin.EmptyFieldListFilter)]
    search_exact = ["username_key", "email_key"]
    search_help_text = "Display name, in whole"
    ordering = ["-date_joined"]
    sortable_by = ()
    filter_horizontal = ["groups", "user_permissions"]
    fieldsets = [
        (None, {"fields": ["username", "email", "email_verified_at", *STATE, "is_staff", "is_test"]}),
        ("Dates", {"fields": ["last_login", "date_joined"]}),
    ]
    rights = ("Rights", {"fields": ["is_superuser", "groups", "user_permissions"], "classes": ["collapse"]})
    readonly_fields = ["email_verified_at", *STATE, "is_test", "last_login", "date_joined"]

    def get_list_display(self, request: HttpRequest) -> Any:
        return [name for name in self.list_display if name != "email" or sees_addresses(request)]

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        (title, first), *others = self.fieldsets
        fields = [name for name in first["fields"] if name != "email" or sees_addresses(request)]
        return [(title, {"fields": fields}), *([self.rights] if _is_superuser(request) else []), *others]

    def get_search_fields(self, request: HttpRequest) -> list[str]:
        # Whoever could search for an address would learn whether somebody has an account.
        return [*self.search_exact] if sees_addresses(request) else ["username_key"]

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        page = super().get_changelist_instance(request)
        found_by = "Display name or e-mail address" if sees_addresses(request) else "Display name"
        page.search_help_text = f"{found_by}, in whole"
        return page

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        # A new address would let whoever reads its mail sign in as this person.
        reserved = [] if _is_superuser(request) else ["email", "is_staff", "is_superuser", "groups", "user_permissions"]
        return [*self.readonly_fields, *reserved]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _is_superuser(request) and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return self.may_touch(request, obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        # `services.deletion` takes the files, the gallery and the mails along; a cascade of rows does not.
        return False

    @staticmethod
    def may_touch(request: HttpRequest, obj: User | None) -> bool:
        return obj is None or not obj.is_staff or _is_superuser(request)

    def save_model(self, request: HttpRequest, obj: User, form: forms.ModelForm, change: bool) -> None:
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)


def sees_addresses(request: HttpRequest) -> bool:
    return bool(request.user.has_perm(SEE_ADDRESSES))


def _is_superuser(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_superuser", False))
