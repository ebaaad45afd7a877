"""Background work about people."""

from __future__ import annotations

from django.db import transaction

from accounts.models import SignInRequest
from accounts.services import sign_in_link_mail
from animal.core.tasks import background_task


@background_task()
def send_sign_in_link(request_id: int) -> None:
    """Answer one request for a sign-in link by mail, if there is an account to answer."""
    with transaction.atomic():
        asked = SignInRequest.objects.filter(pk=request_id).first()
        if asked is not None:
            sign_in_link_mail(email=asked.email)
            asked.delete()
