"""Deleting one's account: hidden at once, restored by signing in during a grace period, then really gone."""

from __future__ import annotations

import time
import uuid
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from accounts import mails
from accounts.account_data import mails_to
from accounts.models import Session, SignInRequest, User
from accounts.personal_data import sections
from accounts.services.exports import export_discard
from accounts.services.letters import letter_send
from accounts.services.passwords import presence_prove
from accounts.services.proof import PUBLISH_TASK
from accounts.services.sessions import sessions_end
from animal.core.models import BackgroundTask, OutgoingMail
from animal.core.tasks import task_enqueue

ERASE_TASK = "accounts.tasks.erase_account"
STEP_SECONDS = 8.0


def deletion_request(
    *, user: User, password: str, session_id: uuid.UUID | None = None, signed_in_at: datetime | None = None
) -> User:
    """Close the account, and delete it after ACCOUNT_DELETION_GRACE_DAYS. Raises WrongPassword or SignInAgain."""
    presence_prove(user=user, password=password, session_id=session_id, signed_in_at=signed_in_at)
    account_close(user=user)
    return user


@transaction.atomic
def account_close(*, user: User) -> bool:
    """Begin the grace period, by the wish of the account's owner, which the caller has made sure of, and tell them by
    mail. False when the account waits for its deletion already."""
    due = timezone.now() + timedelta(days=settings.ACCOUNT_DELETION_GRACE_DAYS)
    if not User.objects.filter(pk=user.pk, deletion_due_at=None).update(deletion_due_at=due, is_active=False):
        return False
    user.refresh_from_db(fields=["is_active", "deletion_due_at", "locked_at"])
    sessions_end(user=user, reason=Session.Reason.CLOSED)
    user.one_time_tokens.filter(used_at=None).delete()
    write = partial(mails.deletion_requested, due=due.date(), restorable=user.may_sign_in)
    letter_send(to=user, key=f"deletion:{user.pk}:{due.timestamp()}", write=write)
    task_enqueue(PUBLISH_TASK, user.pk)
    return True


def deletions_start() -> int:
    """Have the worker erase every account whose time has come; returns how many."""
    due = list(_due().values_list("pk", flat=True)[:500])
    for user_id in due:
        task_enqueue(ERASE_TASK, user_id)
    return len(due)


def account_erase(user_id: int) -> None:
    """A few seconds of erasing, and another step while there is more. Nothing of it can be taken back."""
    user = _due().filter(pk=user_id).first()
    if user is None:
        return
    started = time.monotonic()
    for section in reversed(sections()):
        while section.erase is not None and section.erase(user):
            if time.monotonic() - started > STEP_SECONDS:
                task_enqueue(ERASE_TASK, user_id)
                return
    for export in user.data_exports.all():
        export_discard(export)
    with transaction.atomic():
        # Their key carries no address, but the row does, and with it what we wrote.
        OutgoingMail.objects.filter(mails_to(user)).delete()
        # What was done for this account by its number. The task that is running is forgotten when it is done with.
        ours = BackgroundTask.objects.filter(name__startswith="accounts.", target=str(user.pk))
        ours.exclude(name=ERASE_TASK).delete()
        SignInRequest.objects.filter(email__iexact=user.email).delete()
        user.delete()


def _due() -> models.QuerySet[User]:
    return User.objects.filter(is_active=False, deletion_due_at__lte=timezone.now())
