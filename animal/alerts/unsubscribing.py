"""Stopping mails of one kind from the mail itself, without signing in (RFC 8058).

What was queued before does not go out afterwards either: see `animal.core.mail`.
"""

from __future__ import annotations

from django.core import signing
from django.utils.translation import gettext_lazy

from animal.alerts.models import Kind
from animal.core.errors import NotFound
from animal.core.urls import service_url

SALT = "animal.alerts.unsubscribe"
LINK_BROKEN = gettext_lazy(
    "This link does not work. Please open it as it stands in the mail, or sign in and look into your settings."
)


def unsubscribe_token(*, user_id: int, kind: Kind) -> str:
    """Signed for this purpose alone, and good for ever: a mail may be opened years later. It names an account only to
    its own mailbox, by the number that other tokens name it by as well."""
    return signing.Signer(salt=SALT).sign_object([user_id, kind.value])


def unsubscribe_url(*, user_id: int, kind: Kind) -> str:
    """The address of the page in `animal.web`; "" when nobody has said where this service is."""
    return service_url(f"/unsubscribe/{unsubscribe_token(user_id=user_id, kind=kind)}")


def unsubscribe_read(token: str) -> tuple[int, Kind]:
    """Whose mails of which kind. Raises NotFound for what we did not sign."""
    try:
        user_id, kind = signing.Signer(salt=SALT).unsign_object(token)
        return int(user_id), Kind(kind)
    except (signing.BadSignature, ValueError, TypeError):
        raise NotFound(LINK_BROKEN) from None
