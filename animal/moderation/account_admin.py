"""The staff's levers on accounts, in the list of accounts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.admin import UserAdmin
from accounts.models import User
from animal.core.errors import ApplicationError
from animal.moderation.accounts import account_close_for, account_disable, account_enable, account_sign_out
from animal.moderation.roles import may_moderate


def _each(request: HttpRequest, users: QuerySet[User], act: Callable[..., bool], done: str) -> None:
    """One by one, each with its audit row; one that is refused does not spare the others."""
    changed = 0
    for user in users:
        try:
            changed += act(actor=cast(User, request.user), user=user, reason="From the admin")
        except ApplicationError as error:
            messages.error(request, f"{user}: {error.detail}")
    messages.success(request, f"{changed} {done}.")


@admin.action(description="Disable", permissions=["moderate"])
def disable(model_admin: Any, request: HttpRequest, users: QuerySet[User]) -> None:
    _each(request, users, account_disable, "disabled")


@admin.action(description="Enable", permissions=["moderate"])
def enable(model_admin: Any, request: HttpRequest, users: QuerySet[User]) -> None:
    _each(request, users, account_enable, "enabled")


@admin.action(description="End sessions", permissions=["moderate"])
def end_sessions(model_admin: Any, request: HttpRequest, users: QuerySet[User]) -> None:
    _each(request, users, account_sign_out, "signed out")


@admin.action(description="Close, and delete after the grace period (asked for by its owner)", permissions=["moderate"])
def close(model_admin: Any, request: HttpRequest, users: QuerySet[User]) -> None:
    _each(request, users, account_close_for, "closed")


class ModeratedUserAdmin(UserAdmin):
    actions = [disable, enable, end_sessions, close]

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        """Django asks it for each of an action's `permissions`."""
        return may_moderate(cast(User, request.user))


admin.site.unregister(User)
admin.site.register(User, ModeratedUserAdmin)
