"""Accounts: sign-up, sign-in by password, deactivation."""

from __future__ import annotations

from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.errors import WrongCredentials
from accounts.models import Session, User
from accounts.services.links import verification_send
from accounts.services.lockout import attempt_begin, attempt_succeeded
from accounts.services.proof import PUBLISH_TASK, account_restore
from accounts.services.sessions import sessions_end
from animal.core.errors import InvalidInput
from animal.core.tasks import task_enqueue


def user_sign_up(*, username: str, email: str, password: str) -> User:
    """A new account, active at once, and a mail to prove its address. Raises InvalidInput with the fields at fault."""
    user = User(username=username, email=email)
    _check(user, password)
    user.set_password(password)  # Takes a third of a second by design, so it stays outside of the transaction.
    try:
        with transaction.atomic():
            user.save(force_insert=True)
            verification_send(user=user)
    except IntegrityError:
        # Somebody took the name or the address since the check.
        _check(user, password)
        raise
    return user


def user_sign_in(*, email: str, password: str, client_address: str) -> User:
    """The account with this address and password, restored if it waited for its deletion.

    Raises WrongCredentials, the same for every reason, and Throttled after too many tries.
    """
    attempt = attempt_begin(email=email, client_address=client_address)
    user = authenticate(username=email, password=password)
    if not isinstance(user, User):
        raise WrongCredentials
    attempt_succeeded(attempt)
    account_restore(user=user)
    return user


@transaction.atomic
def user_deactivate(*, user: User) -> None:
    """Lock the account, end its sessions, and hide what it filed.

    Access tokens stop working at once: every request asks for the account.
    """
    user.is_active = False
    user.save(update_fields=["is_active"])
    sessions_end(user=user, reason=Session.Reason.DEACTIVATED)
    user.one_time_tokens.filter(used_at=None).delete()
    task_enqueue(PUBLISH_TASK, user.pk)


@transaction.atomic
def user_reactivate(*, user: User) -> None:
    """Open an account that staff locked or that waited for its deletion; what it filed is shown again."""
    user.is_active, user.deletion_due_at = True, None
    user.save(update_fields=["is_active", "deletion_due_at"])
    task_enqueue(PUBLISH_TASK, user.pk)


def _check(user: User, password: str) -> None:
    errors: dict[str, list[str]] = {}
    try:
        user.full_clean(exclude=[*User.DERIVED, "password"])
    except ValidationError as problem:
        errors.update(problem.message_dict)
    try:
        validate_password(password, user)
    except ValidationError as problem:
        errors["password"] = list(problem.messages)
    if errors:
        raise InvalidInput(next(iter(errors.values()))[0], errors=errors)
