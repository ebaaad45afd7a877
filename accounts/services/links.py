"""One-time links: made, mailed, and used once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import mails
from accounts.errors import LinkInvalid
from accounts.models import OneTimeToken, SignInRequest, User
from accounts.services.sessions import session_start
from accounts.tokens import digest, random_token
from animal.core.mail import mail_queue
from animal.core.tasks import task_enqueue
from animal.core.text import normalised_key
from animal.core.urls import site_url

Purpose = OneTimeToken.Purpose

# A welcome mail may be read the next day.
VERIFY_LINK_LIFETIME = timedelta(hours=24)
# So many unused links an account gets in MAGIC_LINK_LIFETIME: no stranger can fill somebody's mailbox.
MAX_OPEN_LINKS = 5
HOME_PATH = "/user"  # The page of one's own pets and reports.


@dataclass(frozen=True)
class SignedIn:
    user: User
    refresh_token: str


@transaction.atomic
def one_time_token_create(*, user: User, purpose: Purpose, lifetime: timedelta = settings.MAGIC_LINK_LIFETIME) -> str:
    """A token that works once, for this purpose, within `lifetime`. Only its digest is kept."""
    now = timezone.now()
    user.one_time_tokens.filter(expires_at__lt=now).delete()
    token = random_token()
    OneTimeToken.objects.create(user=user, purpose=purpose, digest=digest(token), expires_at=now + lifetime)
    return token


def sign_in_link(*, user: User, next_path: str = "/") -> str:
    """The absolute address of a page that signs `user` in once and goes on to `next_path`."""
    return _magic_url(one_time_token_create(user=user, purpose=Purpose.SIGN_IN), next_path)


def one_time_token_consume(*, token: str, purpose: Purpose) -> User:
    """The user whose token this is, which is used up now. Raises LinkInvalid, the same for every reason.

    A link reached its reader by mail, so using one proves the address.
    """
    return _consume(token, [purpose])


def session_start_from_link(*, token: str, user_agent: str) -> SignedIn:
    """Sign in by a link from a sign-in or a welcome mail. Raises LinkInvalid."""
    with transaction.atomic():
        user = _consume(token, [Purpose.SIGN_IN, Purpose.VERIFY_EMAIL])
        return SignedIn(user, session_start(user=user, user_agent=user_agent))


@transaction.atomic
def sign_in_link_send(*, email: str) -> None:
    """Queue the mail of a sign-in link. Whether the address belongs to an account is not looked up here."""
    asked = SignInRequest.objects.create(email=email)
    task_enqueue("accounts.tasks.send_sign_in_link", asked.pk)


@transaction.atomic
def sign_in_link_mail(*, email: str) -> None:
    """Mail a sign-in link to this address, if it belongs to an active account."""
    user = User.objects.filter(email_key=normalised_key(email), is_active=True).first()
    if user is None:
        return
    recent = timezone.now() - settings.MAGIC_LINK_LIFETIME
    open_links = user.one_time_tokens.filter(purpose=Purpose.SIGN_IN, used_at=None, created_at__gt=recent)
    if open_links.count() < MAX_OPEN_LINKS:
        token = one_time_token_create(user=user, purpose=Purpose.SIGN_IN)
        subject, text = mails.sign_in(link=_magic_url(token, HOME_PATH))
        mail_queue(key=f"sign-in:{digest(token)}", to_email=user.email, subject=subject, text=text)


@transaction.atomic
def verification_send(*, user: User) -> None:
    """Mail a link to a new account by which the person proves the address and is signed in."""
    token = one_time_token_create(user=user, purpose=Purpose.VERIFY_EMAIL, lifetime=VERIFY_LINK_LIFETIME)
    subject, text = mails.welcome(link=_magic_url(token, HOME_PATH))
    mail_queue(key=f"verify-email:{digest(token)}", to_email=user.email, subject=subject, text=text)


def _magic_url(token: str, next_path: str) -> str:
    return site_url(f"/auth/magic?{urlencode({'token': token, 'next': next_path})}")


@transaction.atomic
def _consume(token: str, purposes: list[Purpose]) -> User:
    now = timezone.now()
    found = OneTimeToken.objects.filter(digest=digest(token), purpose__in=purposes)
    # Only columns of the row itself: with a join, MySQL would select first and two requests could both use the token.
    if not found.filter(used_at=None, expires_at__gt=now).update(used_at=now):
        raise LinkInvalid
    user = found.select_related("user").get().user
    if not user.is_active:
        raise LinkInvalid
    if user.email_verified_at is None:
        user.email_verified_at = now
        user.save(update_fields=["email_verified_at"])
    return user
