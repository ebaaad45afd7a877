"""Passwords and addresses: reset, change, and the proof that such a change asks for."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import mails
from accounts.errors import AddressTaken, PasswordRequired, SignInAgain, WrongPassword
from accounts.models import OneTimeToken, Session, User
from accounts.services.hashing import hashing_seat, hashing_turn
from accounts.services.letters import letter_send
from accounts.services.links import (
    HOME_PATH,
    Purpose,
    magic_url,
    one_time_token_create,
    one_time_token_find,
    one_time_token_use,
)
from accounts.services.proof import address_prove
from accounts.services.sessions import session_start, sessions_end
from accounts.tokens import digest
from animal.core.errors import InvalidInput
from animal.core.text import normalised_key

# Nobody types more, and the validators take quadratic time.
MAX_PASSWORD_LENGTH = 256
# Whoever has no password proves to be there by having signed in so recently.
FRESH_SIGN_IN = timedelta(minutes=15)


@dataclass(frozen=True)
class SignedIn:
    user: User
    refresh_token: str


def session_start_from_link(
    *,
    token: str,
    user_agent: str,
    new_password: str = "",
    purposes: Collection[Purpose] = tuple(Purpose),
    uid: str | None = None,
) -> SignedIn:
    """Use a link and sign in: see `link_use`."""
    user = link_use(token=token, new_password=new_password, purposes=purposes, uid=uid)
    return SignedIn(user, session_start(user=user, user_agent=user_agent))


def link_use(
    *, token: str, new_password: str = "", purposes: Collection[Purpose] = tuple(Purpose), uid: str | None = None
) -> User:
    """Use a link from any of our mails, which does what it was mailed for; its reader may be signed in.

    Raises LinkInvalid; and PasswordRequired for a reset without a new password, InvalidInput for one that is refused,
    both of which leave the link as it was; AddressTaken for a change to an address that has an account.
    """
    found = one_time_token_find(token=token, purposes=purposes, uid=uid)
    if found.purpose == Purpose.RESET_PASSWORD:
        if not new_password:
            raise PasswordRequired
        return _password_reset(found, new_password)
    if found.purpose == Purpose.CHANGE_EMAIL:
        return _email_change(found)
    with transaction.atomic():
        user = one_time_token_use(found=found)
        address_prove(user=user, keeps_password=found.purpose == Purpose.VERIFY_EMAIL)
    return user


def password_reset(*, uid: str, token: str, new_password: str) -> User:
    """Set a new password by a reset link, which ends every session. Raises LinkInvalid or InvalidInput."""
    return _password_reset(one_time_token_find(token=token, purposes=[Purpose.RESET_PASSWORD], uid=uid), new_password)


def password_change(
    *,
    user: User,
    current_password: str,
    new_password: str,
    user_agent: str,
    session_id: uuid.UUID | None = None,
    signed_in_at: datetime | None = None,
) -> str:
    """Set a new password. Ends every session and returns the refresh token of a fresh one for the caller."""
    presence_prove(user=user, session_id=session_id, signed_in_at=signed_in_at, password=current_password)
    password_check(new_password, user)
    with hashing_seat(), hashing_turn():
        user.set_password(new_password)  # Slow by design: outside of the transaction.
    with transaction.atomic():
        _password_save(user)
        return session_start(user=user, user_agent=user_agent)


def password_check(password: str, user: User) -> None:
    if len(password) > MAX_PASSWORD_LENGTH:
        sentence = _("A password may have at most %(most)s characters.") % {"most": MAX_PASSWORD_LENGTH}
        raise InvalidInput(sentence, errors={"new_password": [sentence]})
    try:
        validate_password(password, user)
    except ValidationError as problem:
        raise InvalidInput(problem.messages[0], errors={"new_password": list(problem.messages)}) from problem


def presence_prove(
    *, user: User, password: str, session_id: uuid.UUID | None = None, signed_in_at: datetime | None = None
) -> None:
    """Before what cannot be taken back: an access token or a cookie alone may have been stolen.

    Asks for the password; of those who have none, for a sign-in within FRESH_SIGN_IN: that of the API's session, or of
    our own pages, which note when it was (`signed_in_at`).
    """
    if user.has_usable_password():
        with hashing_seat(), hashing_turn():
            is_right = user.check_password(password)
        if not is_right:
            raise WrongPassword
        return
    fresh = timezone.now() - FRESH_SIGN_IN
    if signed_in_at is not None and signed_in_at > fresh:
        return
    lately = Session.objects.filter(user=user, ended_at=None, created_at__gt=fresh)
    if session_id is None or not lately.filter(pk=session_id).exists():
        raise SignInAgain


def email_change_request(
    *,
    user: User,
    new_email: str,
    password: str,
    session_id: uuid.UUID | None = None,
    signed_in_at: datetime | None = None,
) -> None:
    """Mail a link to the new address. The account keeps the old one until somebody uses that link.

    Whether the new address has an account already is not looked up: only its owner learns that, by using the link.
    """
    presence_prove(user=user, password=password, session_id=session_id, signed_in_at=signed_in_at)
    with transaction.atomic():
        user.one_time_tokens.filter(purpose=Purpose.CHANGE_EMAIL, used_at=None).delete()
        token = one_time_token_create(
            user=user, purpose=Purpose.CHANGE_EMAIL, lifetime=settings.MAGIC_LINK_LIFETIME, new_email=new_email
        )
        write = partial(mails.change_email, link=magic_url(token, HOME_PATH))
        letter_send(to=user, address=new_email, key=f"change-email:{user.pk}:{digest(token)}", write=write)


def _password_reset(found: OneTimeToken, new_password: str) -> User:
    password_check(new_password, found.user)
    with hashing_seat(), hashing_turn():
        found.user.set_password(new_password)  # Slow by design: outside of the transaction.
    with transaction.atomic():
        user = one_time_token_use(found=found)
        user.password = found.user.password
        _password_save(user)
        User.objects.filter(pk=user.pk).update(password_contested=False)  # Chosen by who reads the mailbox.
        address_prove(user=user, keeps_password=True)
    return user


def _password_save(user: User) -> None:
    user.save(update_fields=["password"])
    sessions_end(user=user, reason=Session.Reason.PASSWORD_CHANGED)
    # A link that was mailed before would still let its reader in. An unproven address needs the one that proves it.
    links = user.one_time_tokens.filter(used_at=None)
    (links if user.email_verified_at else links.exclude(purpose=Purpose.VERIFY_EMAIL)).delete()
    key = f"password-changed:{user.pk}:{timezone.now().timestamp()}"
    letter_send(to=user, key=key, write=mails.password_changed)


def _email_change(found: OneTimeToken) -> User:
    """The account moves to its new address, and whatever the old one, or a device, let in is out: every session, and
    the Google account that signed in by the old address."""
    old_email, new_email = found.user.email, found.new_email
    try:
        with transaction.atomic():
            user = one_time_token_use(found=found)
            if User.objects.exclude(pk=user.pk).filter(email_key=normalised_key(new_email)).exists():
                raise AddressTaken
            user.email, user.email_verified_at, user.password_contested = new_email, None, False
            user.save(update_fields=["email", "email_verified_at", "password_contested"])
            address_prove(user=user, keeps_password=True)
            user.one_time_tokens.filter(used_at=None).delete()  # They were mailed to the old address.
            user.google_identities.all().delete()
            sessions_end(user=user, reason=Session.Reason.ADDRESS_CHANGED)
            key = f"email-changed:{user.pk}:{found.pk}"
            letter_send(to=user, address=old_email, key=key, write=mails.email_changed)
    except IntegrityError as error:  # Somebody signed up with it since the look-up.
        raise AddressTaken from error
    return user
