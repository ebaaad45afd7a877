"""Sessions: families of refresh tokens, rotated at use. The rules stand at `accounts.models.Session`.

A refresh token reads `<session id>.<secret>`. Whoever shows a secret that a live session does not know has an old
token of it: the id alone is in nobody else's hands.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import mails
from accounts.errors import SessionOver
from accounts.models import Session, User
from accounts.services.letters import letter_send
from accounts.tokens import derived_token, digest, random_token
from animal.core.errors import NotFound

REFRESH_GRACE = timedelta(seconds=20)
# Each lost race means that somebody else rotated, and a second rotation within the grace does not happen.
_ATTEMPTS = 3


@dataclass(frozen=True)
class Refreshed:
    user: User
    refresh_token: str


@transaction.atomic
def session_start(*, user: User, user_agent: str) -> str:
    """Sign `user` in on one device; returns the refresh token for its cookie. The caller has checked who it is."""
    now = timezone.now()
    user.sessions.filter(expires_at__lt=now).delete()
    session = Session(
        user=user,
        rotated_at=now,
        last_seen_at=now,
        expires_at=now + settings.REFRESH_TOKEN_LIFETIME,
        user_agent=user_agent[:200],
    )
    token = f"{session.pk}.{random_token()}"
    session.current_digest = digest(token)
    session.save(force_insert=True)
    User.objects.filter(pk=user.pk).update(last_login=now)
    return token


def session_refresh(*, token: str) -> Refreshed:
    """Exchange a refresh token for the one to use next. Raises SessionOver; a replayed token also ends its session."""
    for _attempt in range(_ATTEMPTS):
        session = _live_session(token)
        if not session.user.is_active:
            closed = session.user.may_sign_in  # By its owner, who is welcome back.
            _end(session, Session.Reason.CLOSED if closed else Session.Reason.DEACTIVATED)
            raise SessionOver
        successor = _successor(session, token)
        if successor is not None:
            return Refreshed(session.user, successor)
    raise SessionOver


def session_end(*, token: str) -> None:
    """Sign out the device that holds this refresh token. Any token of the family will do; junk is ignored."""
    try:
        session = _live_session(token)
    except SessionOver:
        return
    _end(session, Session.Reason.SIGNED_OUT)


def _live_session(token: str) -> Session:
    try:
        session_id = uuid.UUID(token.partition(".")[0])
    except ValueError:
        raise SessionOver from None
    session = Session.objects.select_related("user").filter(pk=session_id, ended_at=None).first()
    if session is None or session.expires_at <= timezone.now():
        raise SessionOver
    return session


def _successor(session: Session, token: str) -> str | None:
    """The token to use from now on; None when another request changed the session meanwhile, so that one looks again.

    Raises SessionOver, and ends the session, when the token is neither the current nor a tolerated previous one.
    """
    presented = digest(token)
    fresh = timezone.now() - session.rotated_at <= REFRESH_GRACE
    if presented == session.current_digest:
        # Just after a rotation the previous token may still be under way from another tab. Rotating again now would
        # turn that one into a replay and sign the person out, so the current token stays for the moment.
        if session.previous_digest and fresh:
            return token if _mark_used(session, presented) else None
        return _rotate(session, token)
    if presented == session.previous_digest and (fresh or not session.current_used):
        return _successor_of(session, token)
    _end(session, Session.Reason.REPLAY)
    raise SessionOver


def _successor_of(session: Session, token: str) -> str:
    return f"{session.pk}.{derived_token(token, session.salt)}"


def _mark_used(session: Session, current: str) -> bool:
    if session.current_used:
        return True
    return bool(_unchanged(session, current).update(current_used=True, last_seen_at=timezone.now()))


def _rotate(session: Session, token: str) -> str | None:
    now, current, session.salt = timezone.now(), session.current_digest, random_token()
    successor = _successor_of(session, token)
    rotated = _unchanged(session, current).update(
        current_digest=digest(successor),
        previous_digest=current,
        salt=session.salt,
        rotated_at=now,
        current_used=False,
        last_seen_at=now,
        expires_at=now + settings.REFRESH_TOKEN_LIFETIME,
    )
    return successor if rotated else None


def _unchanged(session: Session, current: str) -> QuerySet[Session]:
    return Session.objects.filter(pk=session.pk, ended_at=None, current_digest=current)


@transaction.atomic
def _end(session: Session, reason: Session.Reason) -> None:
    ended = Session.objects.filter(pk=session.pk, ended_at=None).update(ended_at=timezone.now(), ended_reason=reason)
    if ended and reason == Session.Reason.REPLAY:
        letter_send(to=session.user, key=f"session-replayed:{session.pk}", write=mails.session_replayed)


# --- by their owner ---------------------------------------------------------------------------------------------------


def session_end_by_owner(*, user: User, session_id: uuid.UUID) -> None:
    """Sign out one of one's own devices. Raises NotFound for somebody else's session as for none."""
    mine = user.sessions.filter(pk=session_id, ended_at=None)
    if not mine.update(ended_at=timezone.now(), ended_reason=Session.Reason.ENDED_BY_OWNER):
        raise NotFound(_("This session does not exist any more."))


@transaction.atomic
def sign_out_everywhere(*, user: User, reason: Session.Reason = Session.Reason.EVERYWHERE) -> None:
    """End every session, those of our own pages and unused links included."""
    sessions_end(user=user, reason=reason)
    user.one_time_tokens.filter(used_at=None).delete()


@transaction.atomic
def sessions_end(*, user: User, reason: Session.Reason) -> None:
    """End every session of this account: refresh and access tokens, and the cookies of our own pages."""
    user.sessions.filter(ended_at=None).update(ended_at=timezone.now(), ended_reason=reason)
    User.objects.filter(pk=user.pk).update(sign_in_epoch=F("sign_in_epoch") + 1)
    user.refresh_from_db(fields=["sign_in_epoch"])  # A page that signs in now binds its cookie to it.
