"""Accounts that another Django service kept, with the password that opens them there and no more rights than others."""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, identify_hasher, make_password
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import User
from accounts.names import name_problem
from animal.core.text import has_visible_character, normalised_key, without_hidden_characters

_NAMELESS = "Animal friend"
_NOT_FOR_NAMES = re.compile(r'[\x00-\x1f\x7f<>"\ud800-\udfff]')
_NAME_TRIES = 5
# What a sign-in may cost: a forged hash could keep a process busy for ever. The PBKDF2 of Django 5.2 takes a million.
MOST_WORK = {"pbkdf2_sha256": 5_000_000, "pbkdf2_sha1": 5_000_000, "scrypt": 2**17}


class AddressTaken(Exception):
    """An account has this address. `user` is that account, or None for one of the same import."""

    def __init__(self, user: User | None) -> None:
        super().__init__("There is an account with this address already.")
        self.user = user


@dataclass(frozen=True, kw_only=True)
class ImportedAccount:
    """What another service says of an account. `password` is Django's encoded form, as `auth.User` keeps it."""

    name: str
    email: str
    password: str = ""
    joined_at: datetime | None = None
    proven_at: datetime | None = None
    is_active: bool = True


def account_draft(said: ImportedAccount, *, taken: Collection[str] = ()) -> User:
    """An account that is ready to be saved; `taken` holds keys of names and addresses that are to be, too.

    Raises AddressTaken, and ValidationError for what is no address. A name that may not be had becomes one that may.
    """
    draft = User(email=said.email, email_verified_at=said.proven_at)
    draft.password = said.password if password_works(said.password) else make_password(None)
    if said.joined_at is not None:
        draft.date_joined = said.joined_at
    if not said.is_active:
        # As if staff here had disabled it: they can enable it, and nothing else does.
        draft.is_active, draft.locked_at = False, timezone.now()
    wanted = _wished(said.name)
    for attempt in range(_NAME_TRIES):
        draft.username = wanted if attempt == 0 else f"{wanted} {secrets.randbelow(10**6)}"
        problems = _problems(draft)
        if any(problem.code == "unique" for problem in problems.get("email", [])):
            raise AddressTaken(User.objects.filter(email_key=normalised_key(said.email)).first())
        if draft.email_key in taken:
            raise AddressTaken(None)
        if "email" in problems or draft.email_key.endswith(".invalid"):
            raise ValidationError("This is no e-mail address.", code="address")
        if not problems and draft.username_key not in taken:
            return draft
    raise ValidationError("No name could be found for this account.", code="name")


def password_works(encoded: str) -> bool:
    """Whether the password of which this is the hash opens an account here: Django knows the kind and can run it."""
    if encoded.startswith(UNUSABLE_PASSWORD_PREFIX) or not encoded.isascii() or len(encoded) > 128:
        return False
    try:
        hasher: Any = identify_hasher(encoded)
        if hasher.library:
            hasher._load_library()  # argon2 and bcrypt come in packages of their own.
        parts = hasher.decode(encoded)
    except Exception:
        return False  # Hashers assert, split and count on what they are given.
    work = parts.get("iterations") or parts.get("work_factor") or 1
    return bool(0 < work <= MOST_WORK.get(hasher.algorithm, 1_000))


def may_gain(user: User) -> bool:
    """Whether what belongs to its address elsewhere may be given to this account: its address is proven, so whoever
    holds it could have signed in there by a mailed link."""
    return user.is_proven and user.locked_at is None and user.deletion_due_at is None


def _wished(name: str) -> str:
    local = name.partition("@")[0]  # Many chose their address, which others would read.
    clean = " ".join(_NOT_FOR_NAMES.sub("", without_hidden_characters(local)).split())[:100]
    return clean if has_visible_character(clean) and not name_problem(clean) else _NAMELESS


def _problems(draft: User) -> dict[str, list[ValidationError]]:
    try:
        draft.full_clean(exclude=[*User.DERIVED, "password"])
    except ValidationError as error:
        return dict(error.error_dict)
    return {}
