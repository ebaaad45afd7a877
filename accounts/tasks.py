"""Background work about people."""

from __future__ import annotations

from django.db import transaction

from accounts import publication
from accounts.models import OneTimeToken, SignInRequest
from accounts.services import link_mail
from animal.core.tasks import background_task


@background_task()
def send_sign_in_link(request_id: int) -> None:
    """Answer one request for a link by mail, if there is an account to answer."""
    with transaction.atomic():
        asked = SignInRequest.objects.filter(pk=request_id).first()
        if asked is not None:
            link_mail(email=asked.email, purpose=OneTimeToken.Purpose(asked.purpose))
            asked.delete()


@background_task()
def publish_account(user_id: int) -> None:
    """Bring what an account filed in line with what others may see of it: out, or back into the drawer."""
    publication.publication_start(user_id)


@background_task()
def publish_part(target: str) -> None:
    publication.publication_continue(target)
