"""Who looks at a page, and since when this browser is signed in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts.models import User
from accounts.page_sessions import page_sign_in
from animal.alerts.selectors import my_unread_count
from animal.chat.summaries import unread_count

SIGNED_IN_AT = "signed_in_at"
signed_in_only = login_required(login_url="sign-in")


def viewer_of(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


def unread_messages(request: HttpRequest) -> dict[str, Callable[[], int]]:
    """Messages and news for the menu: asked when a template shows them, and only then."""

    def of_viewer(count: Callable[[User], int]) -> Callable[[], int]:
        def unread() -> int:
            viewer = viewer_of(request)
            return count(viewer) if viewer is not None else 0

        return unread

    return {"unread_messages": of_viewer(unread_count), "unread_news": of_viewer(my_unread_count)}


def signed_in(request: HttpRequest) -> User:
    """For pages behind `signed_in_only`."""
    viewer = viewer_of(request)
    if viewer is None:
        raise PermissionDenied
    return viewer


def sign_in_here(request: HttpRequest, user: User, *, refresh_token: str = "") -> None:
    """By what proved at this moment who it is. `refresh_token` is that of the session, if it is open already."""
    page_sign_in(request, user, refresh_token=refresh_token)
    request.session[SIGNED_IN_AT] = timezone.now().isoformat()


def sign_in_again_here(request: HttpRequest, user: User, *, refresh_token: str = "") -> None:
    """After all sessions of the account were ended, this one included. It is as fresh as it was."""
    proven_at = request.session.get(SIGNED_IN_AT, "")
    page_sign_in(request, user, refresh_token=refresh_token)
    request.session[SIGNED_IN_AT] = proven_at


def signed_in_at(request: HttpRequest) -> datetime | None:
    """When somebody last proved here who they are; None for a sign-in at the admin's door."""
    return parse_datetime(request.session.get(SIGNED_IN_AT, ""))
