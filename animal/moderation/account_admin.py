"""The staff's levers on accounts, in the list of accounts and on the page of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from accounts.admin import UserAdmin
from accounts.models import User
from animal.core.admin import ActsOnPage, reason_of
from animal.core.errors import ApplicationError
from animal.moderation.accounts import account_close_for, account_disable, account_enable, account_sign_out
from animal.moderation.models import Kind, ModerationAct
from animal.moderation.roles import CLOSE_ACCOUNTS, END_SESSIONS, may, may_moderate
from animal.moderation.services import audit


def _each(request: HttpRequest, users: QuerySet[User], act: Callable[..., bool], done: str) -> None:
    """One by one, each with its audit row; one that is refused does not spare the others."""
    changed = 0
    for user in users:
        try:
            changed += act(actor=cast(User, request.user), user=user, reason=reason_of(request))
        except ApplicationError as error:
            messages.error(request, f"{user}: {error.detail}")
    messages.success(request, f"{changed} {done}.")


@admin.action(description="Disable", permissions=["moderate"])
def disable(model_admin: ActsOnPage, request: HttpRequest, users: QuerySet[User]) -> HttpResponse | None:
    _each(request, users, account_disable, "disabled")
    return model_admin.back(request)


@admin.action(description="Enable", permissions=["moderate"])
def enable(model_admin: ActsOnPage, request: HttpRequest, users: QuerySet[User]) -> HttpResponse | None:
    _each(request, users, account_enable, "enabled")
    return model_admin.back(request)


@admin.action(description="End sessions", permissions=["end_sessions"])
def end_sessions(model_admin: ActsOnPage, request: HttpRequest, users: QuerySet[User]) -> HttpResponse | None:
    _each(request, users, account_sign_out, "signed out")
    return model_admin.back(request)


@admin.action(description="Close, and delete after the grace period (asked for by its owner)", permissions=["close"])
def close(model_admin: ActsOnPage, request: HttpRequest, users: QuerySet[User]) -> HttpResponse | None:
    _each(request, users, account_close_for, "closed")
    return model_admin.back(request)


class ModeratedUserAdmin(ActsOnPage, UserAdmin):
    """Django asks `has_<permission>_permission` for each of an action's `permissions`."""

    actions = [disable, enable, end_sessions, close]

    def save_model(self, request: HttpRequest, obj: User, form: forms.ModelForm, change: bool) -> None:
        """A new name, and what superusers change: the audit trail says which fields. One transaction, as Django's
        forms are."""
        super().save_model(request, obj, form, change)
        if form.changed_data:
            audit(
                cast(User, request.user), ModerationAct.Act.EDIT, Kind.USER, ", ".join(form.changed_data), str(obj.pk)
            )

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        return may_moderate(cast(User, request.user))

    def has_end_sessions_permission(self, request: HttpRequest) -> bool:
        return may(cast(User, request.user), END_SESSIONS)

    def has_close_permission(self, request: HttpRequest) -> bool:
        return may(cast(User, request.user), CLOSE_ACCOUNTS)

    def acts_in_vain(self, request: HttpRequest, row: User) -> set[str]:
        if row.pk == request.user.pk or (row.is_staff and not cast(User, request.user).is_superuser):
            return {"disable", "enable", "end_sessions", "close"}
        is_enabled = row.is_active or (row.locked_at is None and row.deletion_due_at is not None)
        useless = {"disable": row.locked_at is not None, "enable": is_enabled, "close": row.deletion_due_at is not None}
        return {name for name, is_useless in useless.items() if is_useless}


admin.site.unregister(User)
admin.site.register(User, ModeratedUserAdmin)
