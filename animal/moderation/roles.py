"""What staff may do who are no administrators. Kept as a group, to which an administrator adds accounts."""

from __future__ import annotations

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q

from accounts.models import User

MODERATORS = "Moderators"
# To hide, to bring back, and to settle complaints: each of these writes a row of the audit trail.
MODERATE = "moderation.add_moderationact"
# No conversation, match, watched area or block is among them: those are between people. A message that somebody
# complained about is shown with the complaint.
RIGHTS = (
    "accounts.view_user",
    "accounts.change_user",  # To disable an account. `accounts.admin` keeps address, rights and other staff from them.
    "images.view_image",
    "pets.view_pet",
    "reports.view_report",
    "moderation.view_abusereport",
    "moderation.view_moderationact",
    MODERATE,
)


def may_moderate(user: User) -> bool:
    """Whether this person may hide things and settle complaints."""
    return user.is_staff and user.has_perm(MODERATE)


@transaction.atomic
def roles_ensure() -> None:
    """Make the group of moderators, and its rights exactly RIGHTS. Run by `migrate`, once permissions are there."""
    group, _ = Group.objects.get_or_create(name=MODERATORS)
    named = Q()
    for right in RIGHTS:
        app, codename = right.split(".")
        named |= Q(content_type__app_label=app, codename=codename)
    group.permissions.set(Permission.objects.filter(named))
