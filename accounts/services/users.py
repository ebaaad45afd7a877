"""Accounts: sign-up, sign-in by password, deactivation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from django.contrib.auth import authenticate
from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import mails
from accounts.errors import WrongCredentials
from accounts.models import Session, User
from accounts.names import name_problem
from accounts.services.hashing import hashing_seat, hashing_turn
from accounts.services.letters import letter_send
from accounts.services.links import FORGOTTEN_PATH, has_room_for_link, verification_send
from accounts.services.lockout import attempt_begin, attempt_succeeded
from accounts.services.proof import PUBLISH_TASK, account_restore
from accounts.services.sessions import sessions_end
from accounts.tokens import random_token
from animal.core.errors import InvalidInput
from animal.core.languages import known_language
from animal.core.tasks import task_enqueue
from animal.core.urls import service_url, site_url

# Whoever types somebody's address again and again writes to that mailbox once in this time.
NOTICE_SECONDS = 3600


@dataclass(frozen=True)
class SignedUp:
    """What the one who typed is told: the same whether or not the address had an account."""

    id: int
    username: str
    email: str


def user_sign_up(*, username: str, email: str, password: str, language: str = "", next_path: str = "") -> SignedUp:
    """A new account, active at once, and a mail to prove its address, whose link leads on to `next_path`. Raises
    InvalidInput with the fields at fault.

    An address that has an account gets the same answer after the same work (one password hash, one id, one mail), and
    no account: its owner is told by mail. The answer tells nothing; what remains is what comes after it, since an
    unproven account may sign in at once: whoever then signs in with the password just chosen learns whether it opened
    an account. Nothing short of keeping new people out until they have read their mail could hide that. It costs one
    try of `signup` and one of `login`, leaves a row or a mail to the owner behind, and tells of one address each time.

    While the address is not proven, nobody knows which of two sign-ups is its owner's: see `_sign_up_again`.
    """
    try:
        return _sign_up(User(username=username, email=email, language=language), password, next_path)
    except IntegrityError:
        # Somebody took the name or the address since it was looked for. Now it is found.
        return _sign_up(User(username=username, email=email, language=language), password, next_path)


def _sign_up(draft: User, password: str, next_path: str) -> SignedUp:
    _check(draft, password)
    known = User.objects.filter(email_key=draft.email_key).first()
    if known is not None:
        return _sign_up_again(known, draft, password, next_path)
    with hashing_seat(), hashing_turn():
        draft.set_password(password)  # Slow by design: outside of the transaction.
    with transaction.atomic():
        draft.save(force_insert=True)
        verification_send(user=draft, next_path=next_path)
    return SignedUp(draft.pk, draft.username, draft.email)


def _sign_up_again(known: User, draft: User, password: str, next_path: str) -> SignedUp:
    """Somebody signs up with an address that has an account. Nothing of that account is shown or replaced.

    Of an unproven account the password becomes doubtful, unless it is the very one that was typed again: the proof of
    the address then drops it, so that nobody's earlier sign-up with somebody else's address survives it.
    """
    with hashing_seat(), hashing_turn():
        same_person = check_password(password, known.password)  # As slow as the hash of a new one.
    with transaction.atomic():
        number = _spent_id(draft)
        if known.email_verified_at is None and same_person:
            if has_room_for_link(known):
                verification_send(user=known, next_path=next_path)
        else:
            if known.email_verified_at is None:
                User.objects.filter(pk=known.pk, email_verified_at=None).update(password_contested=True)
            _tell_owner(known)
    return SignedUp(number, draft.username, draft.email)


def _spent_id(draft: User) -> int:
    """An id that a new account would have had, and that none will have: an invented or a missing one would tell."""
    row = User(username=draft.username, email=f"{random_token()}@spent.invalid", is_active=False)
    row.save(force_insert=True)
    number = row.pk
    mine = User.objects.filter(pk=number)
    mine._raw_delete(mine.db)  # Nothing refers to it, and looking for what might takes longer than a sign-up.
    return int(number)


def _tell_owner(known: User) -> None:
    if not known.may_sign_in:
        return
    write = partial(
        mails.signed_up_again,
        sign_in=site_url("/auth/magic"),
        forgotten=service_url(FORGOTTEN_PATH) or site_url("/auth/magic"),
    )
    hour = int(timezone.now().timestamp() // NOTICE_SECONDS)
    letter_send(to=known, key=f"signed-up-again:{known.pk}:{hour}", write=write)


def user_sign_in(*, email: str, password: str, client_address: str) -> User:
    """The account with this address and password, restored if it waited for its deletion.

    Raises WrongCredentials, the same for every reason, Throttled after too many tries, and ServiceUnavailable while
    many others sign in.
    """
    with hashing_seat():
        attempt = attempt_begin(email=email, client_address=client_address)
        with hashing_turn():
            user = authenticate(username=email, password=password)
    if not isinstance(user, User):
        raise WrongCredentials
    attempt_succeeded(attempt)
    account_restore(user=user)
    return user


def language_set(*, user: User, language: str) -> None:
    """One of settings.LANGUAGES for the pages and mails of this person; "" leaves it to each browser."""
    if language and not known_language(language):
        raise InvalidInput(_("There is no such language here."), code="unknown_language")
    user.language = language
    user.save(update_fields=["language"])


def username_change(*, user: User, username: str) -> None:
    """Another display name, by the rules of signing up. Raises InvalidInput."""
    changed = User.objects.get(pk=user.pk)
    changed.username = username
    problems: list[str] = []
    try:
        changed.full_clean(exclude=[*User.DERIVED, "password", "email"])
        # Staff may have been given a name that nobody chooses, and keep it.
        if changed.username != user.username and (misleading := name_problem(changed.username)):
            problems = [misleading]
    except ValidationError as problem:
        problems = problem.messages
    if not problems:
        try:
            with transaction.atomic():
                changed.save(update_fields=["username"])
        except IntegrityError:  # Somebody took it since it was looked for.
            problems = [_("This name is taken. Please choose another one.")]
    if problems:
        raise InvalidInput(problems[0], errors={"username": problems})
    user.username = changed.username


@transaction.atomic
def user_deactivate(*, user: User) -> bool:
    """Lock the account, end its sessions, and hide what it filed. False when it is locked already.

    Access tokens stop working at once: every request asks for the account. One that its owner has closed is locked
    too, so that signing in no longer restores it, and is still erased at its date.
    """
    if not User.objects.filter(pk=user.pk, locked_at=None).update(locked_at=timezone.now(), is_active=False):
        return False
    user.refresh_from_db(fields=["locked_at", "is_active", "deletion_due_at"])
    sessions_end(user=user, reason=Session.Reason.DEACTIVATED)
    user.one_time_tokens.filter(used_at=None).delete()
    task_enqueue(PUBLISH_TASK, user.pk)
    return True


@transaction.atomic
def user_reactivate(*, user: User) -> bool:
    """Open an account that staff locked; what it filed is shown again. False when it was not locked.

    One that its owner has closed goes on waiting for its deletion, and its owner restores it by signing in.
    """
    found = User.objects.select_for_update().get(pk=user.pk)
    if found.is_active or (found.locked_at is None and found.deletion_due_at is not None):
        return False
    found.locked_at, found.is_active = None, found.deletion_due_at is None
    found.save(update_fields=["locked_at", "is_active"])
    user.refresh_from_db(fields=["locked_at", "is_active", "deletion_due_at"])
    task_enqueue(PUBLISH_TASK, user.pk)
    return True


def _check(user: User, password: str) -> None:
    """All but whether the address is taken, which is nobody's business but its owner's."""
    errors: dict[str, list[str]] = {}
    try:
        user.full_clean(exclude=[*User.DERIVED, "password"])
    except ValidationError as problem:
        for field, found in problem.error_dict.items():
            told = [one for one in found if (field, one.code) != ("email", "unique")]
            if told:
                errors[field] = ValidationError(told).messages
    misleading = name_problem(user.username)
    if misleading:
        errors.setdefault("username", []).append(misleading)
    try:
        validate_password(password, user)
    except ValidationError as problem:
        errors["password"] = list(problem.messages)
    if errors:
        raise InvalidInput(next(iter(errors.values()))[0], errors=errors)
