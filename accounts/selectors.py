"""Reads about people."""

from __future__ import annotations

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import DataExport, Session, User
from animal.core.errors import NotFound
from animal.core.languages import known_language
from animal.core.text import normalised_key


def user_count() -> int:
    """How many people there are, for the landing page's counter: those who proved their address.

    Counting the others would tell whoever signs up with somebody's address whether that made an account.
    """
    return User.objects.exclude(email_verified_at=None).count()


def language_of(user: User) -> str:
    """In which language to write to somebody: the one they chose for their account, else the service's own."""
    return known_language(user.language) or settings.LANGUAGE_CODE


def address_for(name: str) -> str:
    """The address of the account with this display name; whatever else it is, such as an address, comes back as is."""
    found = User.objects.filter(username_key=normalised_key(name)).values_list("email", flat=True).first()
    return found if found is not None and "@" not in name else name


def proven(relation: str = "") -> Q:
    """Rows whose person is active and has proved the address: what others may see, be told of, or be matched with.

    `relation` is the path from the row to the person, such as "reporter". See `User.is_proven`.
    """
    prefix = f"{relation}__" if relation else ""
    return Q(**{f"{prefix}is_active": True, f"{prefix}email_verified_at__isnull": False})


def my_latest_export(actor: User) -> DataExport:
    """Raises NotFound when there is none, or it has expired."""
    export = actor.data_exports.filter(expires_at__gt=timezone.now()).order_by("-created_at").first()
    if export is None:
        raise NotFound(_("You have not asked for an export, or it has expired."))
    return export


def my_sessions(actor: User) -> QuerySet[Session]:
    """Where the actor is signed in now."""
    return actor.sessions.filter(ended_at=None, expires_at__gt=timezone.now())
