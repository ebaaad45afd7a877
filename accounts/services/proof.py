"""What follows when somebody proves an address, or comes back to an account that waits for its deletion."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts import mails
from accounts.models import OneTimeToken, Session, User
from accounts.services.letters import letter_send
from accounts.services.sessions import sessions_end
from animal.core.tasks import task_enqueue

PUBLISH_TASK = "accounts.tasks.publish_account"


@transaction.atomic
def address_prove(*, user: User, keeps_password: bool) -> bool:
    """Record that the address is this person's, and send out what the account filed. False if it was known before.

    Whoever signed up with somebody else's address knows the password that they chose. So a password set before the
    proof stays only when the proof answers the sign-up itself (`keeps_password`) and nobody else signed up with the
    address meanwhile; otherwise it and every session that it opened end here.
    """
    now = timezone.now()
    if not User.objects.filter(pk=user.pk, email_verified_at=None).update(email_verified_at=now):
        return False
    user.email_verified_at = now
    user.refresh_from_db(fields=["password_contested"])
    if (not keeps_password or user.password_contested) and user.has_usable_password():
        user.set_unusable_password()
        user.save(update_fields=["password"])
        sessions_end(user=user, reason=Session.Reason.ADDRESS_PROVEN)
        # A link that moves the account to an address of whoever signed up would outlive their password.
        user.one_time_tokens.filter(purpose=OneTimeToken.Purpose.CHANGE_EMAIL, used_at=None).delete()
        letter_send(to=user, key=f"password-dropped:{user.pk}", write=mails.password_dropped)
    task_enqueue(PUBLISH_TASK, user.pk)
    return True


@transaction.atomic
def account_restore(*, user: User) -> bool:
    """Take back the wish to be deleted. False if there was none."""
    waiting = User.objects.filter(pk=user.pk, is_active=False, locked_at=None, deletion_due_at__gt=timezone.now())
    if not waiting.update(is_active=True, deletion_due_at=None):
        return False
    user.is_active, user.deletion_due_at = True, None
    task_enqueue(PUBLISH_TASK, user.pk)
    return True
