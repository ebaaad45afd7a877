"""What staff do to accounts, each with its row of the audit trail. See `accounts.services` for what it means."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Session, User
from accounts.services import sign_out_everywhere, user_deactivate, user_reactivate
from accounts.services.deletion import account_close
from animal.core.errors import InvalidInput
from animal.moderation.models import Kind, ModerationAct
from animal.moderation.services import audit

Act = ModerationAct.Act


def account_disable(*, actor: User, user: User, reason: str = "") -> bool:
    """Nobody signs in to it any more until it is enabled. False when it is disabled already."""
    return _act(actor, user, Act.DISABLE, reason, lambda: user_deactivate(user=user))


def account_enable(*, actor: User, user: User, reason: str = "") -> bool:
    """Take back `account_disable`. False when it is not disabled."""
    return _act(actor, user, Act.ENABLE, reason, lambda: user_reactivate(user=user))


def account_sign_out(*, actor: User, user: User, reason: str = "") -> bool:
    """End every session and every link that was mailed; its owner may sign in again."""

    def sign_out() -> bool:
        sign_out_everywhere(user=user, reason=Session.Reason.ENDED_BY_STAFF)
        return True

    return _act(actor, user, Act.SIGN_OUT, reason, sign_out)


def account_close_for(*, actor: User, user: User, reason: str = "") -> bool:
    """Begin the grace period for somebody who asked us to. False when the account waits for its deletion already."""
    return _act(actor, user, Act.CLOSE, reason, lambda: account_close(user=user))


@transaction.atomic
def _act(actor: User, user: User, act: str, reason: str, perform: Callable[[], bool]) -> bool:
    """Raises InvalidInput for the actor's own account, and for one of staff unless the actor is a superuser."""
    if user.pk == actor.pk:
        raise InvalidInput(_("This is your own account. Please ask another member of staff."))
    if user.is_staff and not actor.is_superuser:
        raise InvalidInput(_("This account belongs to staff. Please ask an administrator."))
    done = perform()
    if done:
        audit(actor, act, Kind.USER, reason, str(user.pk))
    return done
