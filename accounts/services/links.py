"""One-time links: made, mailed on request, and used once."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from functools import partial
from urllib.parse import urlencode

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from accounts import mails
from accounts.errors import LinkInvalid
from accounts.models import OneTimeToken, SignInRequest, User
from accounts.services.letters import letter_send
from accounts.services.proof import account_restore, address_prove
from accounts.tokens import digest, random_token
from animal.core.tasks import task_enqueue
from animal.core.text import normalised_key
from animal.core.urls import service_url, site_url

Purpose = OneTimeToken.Purpose

# A welcome mail may be read the next day.
VERIFY_LINK_LIFETIME = timedelta(hours=24)
# So many unused links of a purpose an account gets in MAGIC_LINK_LIFETIME: no stranger can fill somebody's mailbox.
MAX_OPEN_LINKS = 5
MAX_NEXT_PATH = 300
HOME_PATH = "/user"  # The page of one's own pets and reports.
FORGOTTEN_PATH = "/forgot-password"  # Our own page: the web client has none.


@transaction.atomic
def one_time_token_create(
    *, user: User, purpose: Purpose, lifetime: timedelta = settings.MAGIC_LINK_LIFETIME, new_email: str = ""
) -> str:
    """A token that works once, for this purpose, within `lifetime`. Only its digest is kept."""
    now = timezone.now()
    user.one_time_tokens.filter(expires_at__lt=now).delete()
    token = random_token()
    OneTimeToken.objects.create(
        user=user, purpose=purpose, digest=digest(token), new_email=new_email, expires_at=now + lifetime
    )
    return token


def sign_in_link(*, user: User, next_path: str = "/") -> str:
    """The absolute address of a page that signs `user` in once and goes on to `next_path`."""
    return magic_url(one_time_token_create(user=user, purpose=Purpose.SIGN_IN), next_path)


def one_time_token_find(*, token: str, purposes: Collection[Purpose], uid: str | None = None) -> OneTimeToken:
    """The live token, which stays unused. Raises LinkInvalid, the same for every reason.

    `uid` is Django's base64 of the account's id, as the older service's links carried it; it must fit when given.
    """
    live = OneTimeToken.objects.filter(
        digest=digest(token), purpose__in=purposes, used_at=None, expires_at__gt=timezone.now()
    )
    found = live.select_related("user").first()
    if found is None or not found.user.may_sign_in or (uid is not None and uid_of(found.user) != uid):
        raise LinkInvalid
    return found


@transaction.atomic
def one_time_token_use(*, found: OneTimeToken) -> User:
    """Use a token up; its account, restored if it waited for deletion. Raises LinkInvalid when another was faster."""
    now = timezone.now()
    # Only columns of the row itself: with a join, MySQL would select first and two requests could both use the token.
    unused = OneTimeToken.objects.filter(pk=found.pk, used_at=None, expires_at__gt=now)
    if not unused.update(used_at=now):
        raise LinkInvalid
    user = User.objects.filter(pk=found.user_id).first()
    if user is None or not user.may_sign_in:
        raise LinkInvalid
    account_restore(user=user)
    return user


@transaction.atomic
def one_time_token_consume(*, token: str, purpose: Purpose) -> User:
    """The user whose token this is, which is used up now. Raises LinkInvalid, the same for every reason.

    A link reached its reader by mail, so using one proves the address.
    """
    user = one_time_token_use(found=one_time_token_find(token=token, purposes=[purpose]))
    address_prove(user=user, keeps_password=purpose != Purpose.SIGN_IN)
    return user


def address_confirm(*, uid: str, token: str) -> None:
    """Prove an address and leave its link unused. Raises LinkInvalid."""
    found = one_time_token_find(token=token, purposes=[Purpose.VERIFY_EMAIL], uid=uid)
    address_prove(user=found.user, keeps_password=True)


# --- mailed on request ------------------------------------------------------------------------------------------------


@transaction.atomic
def link_request(*, email: str, purpose: Purpose, next_path: str = "") -> None:
    """Queue the mail of a link. Whether the address belongs to an account is not looked up here.

    `next_path` is where a sign-in link leads on to.
    """
    asked = SignInRequest.objects.create(email=email, purpose=purpose, next_path=_mailable(next_path))
    task_enqueue("accounts.tasks.send_sign_in_link", asked.pk)


def _mailable(next_path: str) -> str:
    """A path that is too long for a link in a mail is forgotten."""
    return next_path if len(next_path) <= MAX_NEXT_PATH else ""


def sign_in_link_send(*, email: str, next_path: str = "") -> None:
    link_request(email=email, purpose=Purpose.SIGN_IN, next_path=next_path)


@transaction.atomic
def link_mail(*, email: str, purpose: Purpose, next_path: str = "") -> None:
    """Mail such a link to this address, if it belongs to an account that may sign in and has use for it."""
    user = User.objects.filter(email_key=normalised_key(email)).first()
    if user is None or not user.may_sign_in:
        return
    if purpose == Purpose.VERIFY_EMAIL and user.email_verified_at is not None:
        return
    if not has_room_for_link(user, purpose):
        return
    if purpose == Purpose.VERIFY_EMAIL:
        verification_send(user=user, next_path=next_path)
        return
    token = one_time_token_create(user=user, purpose=purpose)
    write, link = mails.sign_in, magic_url(token, next_path or HOME_PATH)
    if purpose == Purpose.RESET_PASSWORD:
        write, link = mails.reset_password, reset_url(token, uid=uid_of(user))
    letter_send(to=user, key=f"{purpose}:{digest(token)}", write=partial(write, link=link))


def has_room_for_link(user: User, purpose: Purpose = Purpose.VERIFY_EMAIL) -> bool:
    """Whether another link of this purpose may be mailed now."""
    recent = timezone.now() - settings.MAGIC_LINK_LIFETIME
    open_links = user.one_time_tokens.filter(purpose=purpose, used_at=None, created_at__gt=recent)
    return open_links.count() < MAX_OPEN_LINKS


@transaction.atomic
def verification_send(*, user: User, next_path: str = "") -> None:
    """Mail a link to a new account by which the person proves the address, is signed in, and goes on to `next_path`."""
    token = one_time_token_create(user=user, purpose=Purpose.VERIFY_EMAIL, lifetime=VERIFY_LINK_LIFETIME)
    write = partial(mails.welcome, link=magic_url(token, _mailable(next_path) or HOME_PATH, uid=uid_of(user)))
    letter_send(to=user, key=f"verify-email:{digest(token)}", write=write)


def magic_url(token: str, next_path: str, *, uid: str = "") -> str:
    """The page that uses a token when its reader presses a button. `uid` serves callers of the older routes."""
    query = {"token": token, "uid": uid, "next": next_path} if uid else {"token": token, "next": next_path}
    return site_url(f"/auth/magic?{urlencode(query)}")


def reset_url(token: str, *, uid: str) -> str:
    """Our own page, which asks for the new password: the existing web client's page of a link cannot.

    When nobody has said where our own pages are (API_URL), the client's page, to which `magic/consume` then says so.
    """
    query = {"token": token, "uid": uid, "next": HOME_PATH}
    return service_url(f"/auth/magic?{urlencode(query)}") or site_url(f"/auth/magic?{urlencode(query)}")


def link_purpose(*, token: str) -> Purpose:
    """What this link does; it stays unused. Raises LinkInvalid."""
    return Purpose(one_time_token_find(token=token, purposes=tuple(Purpose)).purpose)


def uid_of(user: User) -> str:
    return urlsafe_base64_encode(force_bytes(user.pk))
