"""Who makes a request."""

from __future__ import annotations

from typing import cast

from rest_framework.request import Request

from accounts.errors import AddressUnproven
from accounts.models import User


def actor_of(request: Request) -> User:
    """The signed-in person, on a view that lets nobody else in (IsAuthenticated, our default permission)."""
    return cast(User, request.user)


def require_proven(actor: User) -> None:
    """Before somebody writes to others. Raises AddressUnproven while the address is not proven."""
    if not actor.is_proven:
        raise AddressUnproven
