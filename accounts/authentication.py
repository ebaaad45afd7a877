"""Bearer access tokens (RFC 6750)."""

from __future__ import annotations

import uuid
from typing import Any, cast

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import AuthenticationFailed, InvalidToken
from rest_framework_simplejwt.tokens import Token

from accounts.models import User
from accounts.tokens import of_an_earlier_key

SIGNED_OUT = gettext_lazy("You are signed out. Please sign in again.")
DISABLED = gettext_lazy("This account is disabled.")
CLOSED = gettext_lazy("This account is closed. To restore it, sign in before the day of its deletion.")


class BearerAuthentication(JWTAuthentication):
    """simplejwt's check of the access token, of which the account must be active and the session alive.

    Signing out, a change of password, a replayed refresh token and deactivation thus end access tokens at once. The
    session is asked for in the query that fetches the account, so it costs a look-up by primary key and no round trip.
    """

    def get_validated_token(self, raw_token: bytes) -> Token:
        try:
            return super().get_validated_token(raw_token)
        except InvalidToken as error:
            if token := of_an_earlier_key(raw_token):
                return token
            # The web client shows this sentence when a page was left open for longer than a token lives.
            raise InvalidToken({**cast(dict[str, Any], error.detail), "detail": str(SIGNED_OUT)}) from error

    def get_user(self, validated_token: Token) -> User:  # type: ignore[override] # simplejwt's TypeVar
        try:
            user_id, session_id = int(validated_token["user_id"]), uuid.UUID(str(validated_token["sid"]))
        except (KeyError, TypeError, ValueError):
            raise InvalidToken(_("This token names no session.")) from None
        user = _user_in_session(user_id, session_id) or User.objects.filter(pk=user_id).first()
        if user is None:
            raise AuthenticationFailed(_("This account does not exist any more."), code="user_not_found")
        if not user.is_active:
            # Only a token that we signed gets here, so no stranger learns which accounts were closed.
            raise AuthenticationFailed(str(CLOSED if user.may_sign_in else DISABLED), code="user_inactive")
        if not _is_alive(user):
            raise InvalidToken(str(SIGNED_OUT))
        return user


def _user_in_session(user_id: int, session_id: uuid.UUID) -> User | None:
    """A join, because every request asks this, and Django takes twice as long to put a subquery together."""
    users = User.objects.filter(pk=user_id, sessions=session_id)
    annotated = users.annotate(session_ended_at=F("sessions__ended_at"), session_ends_at=F("sessions__expires_at"))
    return next(iter(annotated), None)


def _is_alive(user: User) -> bool:
    session: dict[str, Any] = vars(user)
    ends_at = session.get("session_ends_at")
    return ends_at is not None and session["session_ended_at"] is None and ends_at > timezone.now()


class LenientBearerAuthentication(BearerAuthentication):
    """For public routes that the web client calls with `Bearer null` or a stale token: such a caller is anonymous."""

    def authenticate(self, request: Request) -> tuple[User, Token] | None:  # type: ignore[override]
        try:
            return cast(tuple[User, Token] | None, super().authenticate(request))
        except APIException:
            return None


def session_id_of(request: Request) -> uuid.UUID:
    """The session of the access token that this request carries. Only on views behind IsAuthenticated."""
    return uuid.UUID(str(cast(Token, request.auth)["sid"]))
