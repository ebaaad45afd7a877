"""Sign-in by a Google account."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.errors import GoogleRefused, GoogleUnlinked
from accounts.google import GooglePerson
from accounts.models import GoogleIdentity, OneTimeToken, User
from accounts.names import name_problem
from accounts.services.links import link_request
from accounts.services.proof import account_restore, address_prove
from accounts.services.sessions import session_start
from animal.core.languages import known_language
from animal.core.text import has_visible_character, normalised_key, without_hidden_characters

_ATTEMPTS = 5
# What `User.username` and the web client take.
_NAMELESS = "Animal friend"
_NOT_FOR_NAMES = re.compile(r'[\x00-\x1f\x7f<>"]')


@dataclass(frozen=True)
class GoogleSignIn:
    user: User
    refresh_token: str
    created: bool


def google_sign_in(*, person: GooglePerson, user_agent: str) -> GoogleSignIn:
    """The account of this Google account: known by its `sub`, else by the address that Google has verified, else new.

    An account that somebody opened with this address without proving it loses its password and sessions, so whoever
    opened it is out. An account with a proven owner is joined only when Google hosts the address: else the one who had
    it years ago would get the account of the one who has it now. Raises GoogleUnlinked then, and mails a sign-in link;
    and GoogleRefused for a disabled account.
    """
    try:
        return _sign_in(person, user_agent)
    except GoogleUnlinked:
        link_request(email=person.email, purpose=OneTimeToken.Purpose.SIGN_IN)
        raise


def _sign_in(person: GooglePerson, user_agent: str) -> GoogleSignIn:
    for attempt in range(_ATTEMPTS):
        try:
            with transaction.atomic():
                user, created = _account_of(person, attempt)
                account_restore(user=user)
                return GoogleSignIn(user, session_start(user=user, user_agent=user_agent), created)
        except IntegrityError:
            # The name was taken, or the same person came twice at once: look again.
            if attempt + 1 == _ATTEMPTS:
                raise
    raise AssertionError("unreachable")


def _account_of(person: GooglePerson, attempt: int) -> tuple[User, bool]:
    identity = GoogleIdentity.objects.select_related("user").filter(sub=person.sub).first()
    if identity is not None:
        return _if_allowed(identity.user), False
    user = User.objects.filter(email_key=normalised_key(person.email)).first()
    created = user is None
    if user is None:
        user = User.objects.create_user(
            username=_free_name(person, attempt),
            email=person.email,
            email_verified_at=timezone.now(),
            language=known_language(get_language()),
        )
    _if_allowed(user)
    if not created and user.email_verified_at is not None and not person.owns_address:
        raise GoogleUnlinked
    address_prove(user=user, keeps_password=False)
    GoogleIdentity.objects.create(sub=person.sub, user=user)
    return user, created


def _if_allowed(user: User) -> User:
    if not user.may_sign_in:
        raise GoogleRefused(_("This account is disabled."))
    return user


def _free_name(person: GooglePerson, attempt: int) -> str:
    local_part = person.email.partition("@")[0]
    name = " ".join(_NOT_FOR_NAMES.sub("", without_hidden_characters(person.name)).split())[:60]
    if not has_visible_character(name) or name_problem(name):
        name = local_part[:60]
    if name_problem(name):
        name = _NAMELESS
    if attempt == 0 and not User.objects.filter(username_key=normalised_key(name)).exists():
        return name
    return f"{name} {secrets.randbelow(10**6)}"
