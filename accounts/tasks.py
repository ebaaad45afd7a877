"""Background work about people."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from accounts import publication
from accounts.models import OneTimeToken, SignInRequest
from accounts.services import deletion, exports, link_mail, lockout
from animal.core.tasks import background_task


@background_task()
def send_sign_in_link(request_id: int) -> None:
    """Answer one request for a link by mail, if there is an account to answer."""
    with transaction.atomic():
        asked = SignInRequest.objects.filter(pk=request_id).first()
        if asked is not None:
            link_mail(email=asked.email, purpose=OneTimeToken.Purpose(asked.purpose), next_path=asked.next_path)
            asked.delete()


def _export_failed(export_id: str, reason: str) -> None:
    exports.export_fail(UUID(export_id))


@background_task(on_failed=_export_failed)
def build_export(export_id: str) -> None:
    """Write one part of an export."""
    exports.export_build(UUID(str(export_id)))


@background_task()
def erase_account(user_id: int) -> None:
    """Really delete an account whose grace period is over."""
    deletion.account_erase(user_id)


def accounts_purge() -> int:
    """Daily: start the deletions that are due, and forget expired exports and tallies; returns how many."""
    return deletion.deletions_start() + exports.exports_purge() + lockout.tallies_purge()


@background_task()
def publish_account(user_id: int) -> None:
    """Bring what an account filed in line with what others may see of it: out, or back into the drawer."""
    publication.publication_start(user_id)


@background_task()
def publish_part(target: str) -> None:
    publication.publication_continue(target)
