"""Who is signed in on our own pages.

Each browser there has a row in `Session`, as each device of the API has: one list shows both, and either can be ended
by itself. Nobody holds the refresh token of such a row; the cookie of the pages names it. A cookie that names none is
from before there were such rows: it ends when all others are ended.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user, login, logout
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import Session, User
from accounts.services import language_set, session_start
from animal.core.languages import chosen_language

ROW = "sign_in_row"
# Each visit would otherwise write to the database.
SEEN_EVERY = timedelta(minutes=15)


def page_sign_in(request: HttpRequest, user: User, *, refresh_token: str = "") -> None:
    """Sign this browser in. The caller has checked who it is, and may have opened the session already: its token."""
    page_session_end(request)  # Signing in forgets it, if it was somebody else's.
    login(request, user, backend="accounts.backends.EmailBackend")
    page_session_start(request, user, refresh_token=refresh_token)


def page_session_start(request: HttpRequest, user: User, *, refresh_token: str = "") -> None:
    """For a browser that has just been signed in."""
    page_session_end(request)
    token = refresh_token or session_start(user=user, user_agent=request.headers.get("User-Agent", ""))
    request.session[ROW] = token.partition(".")[0]


def page_session_end(request: HttpRequest, *, row: UUID | None = None) -> None:
    """This browser's own, by signing out or in again; or `row`, its former one."""
    if row := row or page_session_id(request):
        mine = Session.objects.filter(pk=row, ended_at=None)
        mine.update(ended_at=timezone.now(), ended_reason=Session.Reason.SIGNED_OUT)


def page_sign_out(request: HttpRequest) -> None:
    page_session_end(request)
    logout(request)


def language_take_over(request: HttpRequest, user: User) -> None:
    """What somebody chose at the foot of a page before signing in counts for their account, unless that has a choice:
    mails have no cookie to look at."""
    if not user.language and (chosen := chosen_language(request)):
        language_set(user=user, language=chosen)


def page_session_id(request: HttpRequest) -> UUID | None:
    """The row of this browser."""
    row = request.session.get(ROW)
    return UUID(row) if row else None


def page_viewer(request: HttpRequest) -> User | AnonymousUser:
    """Who sent this request; nobody, once the row of this browser was ended."""
    user = get_user(request)
    row = page_session_id(request)
    if not isinstance(user, User) or row is None:
        return user if isinstance(user, User) else AnonymousUser()
    now = timezone.now()
    rows = Session.objects.filter(pk=row, user=user, ended_at=None, expires_at__gt=now)
    seen_at = rows.values_list("last_seen_at", flat=True).first()
    if seen_at is None:
        request.session.flush()
        return AnonymousUser()
    is_visit = "part" not in request.GET  # What an open chat asks for by itself shows nobody at it.
    if is_visit and seen_at < now - SEEN_EVERY:
        with suppress(DatabaseError):  # A courtesy: the page is shown while nothing can be written.
            rows.update(last_seen_at=now, expires_at=now + settings.REFRESH_TOKEN_LIFETIME)
            request.session.modified = True  # Its cookie is good for as long again.
    return user
